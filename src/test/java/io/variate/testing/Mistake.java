package io.variate.testing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mistake in a ruleset that every way to change it must report, with the same path and reason.
 *
 * @param name what is wrong
 * @param before the stored ruleset, or null if the mistake does not depend on it
 * @param after the ruleset with the mistake
 * @param outcome how a write answers
 * @param path of the first problem
 * @param reason of the first problem
 */
public record Mistake(String name, @Nullable String before, String after, Outcome outcome, String path, String reason) {

    /** How a write answers. */
    public enum Outcome {
        ERROR,
        WARNING,
        WOULD_BE_EMPTY
    }

    private static final String VARIANTS =
            "\"variants\":{\"a\":{\"key\":\"a\"},\"b\":{\"key\":\"b\"},\"off\":{\"key\":\"off\"}}";
    private static final String HALVES =
            "[{\"variant\":\"a\",\"range\":[0,21474837]}," + "{\"variant\":\"b\",\"range\":[21474836,42949673]}]";
    private static final String SPLIT = split("salt", "[0,100]", HALVES);
    private static final String DEPLOYMENT = deployment("\"f\"");
    private static final String COHORT = "{\"id\":\"testers\",\"memberIds\":[\"u\"]}";
    private static final String TARGETING =
            flag("f", "\"variant\":\"a\"," + condition("\"context\",\"user\",\"cohort_ids\"", "testers"));

    private static final String DEPENDENT =
            flag("g", "\"variant\":\"a\"").replace("{\"key\":\"g\"", "{\"key\":\"g\",\"dependencies\":[\"f\"]");
    private static final String F = flag("f", "\"variant\":\"a\"");

    /** All mistakes. */
    public static List<Mistake> all() {
        return List.of(
                error(
                        "unknown variant in a segment",
                        flags(flag("f", "\"variant\":\"c\"")),
                        "flags.f.segments[0].variant",
                        "the flag has no variant with the key 'c'"),
                error(
                        "unknown variant in a distribution",
                        flags(flag("f", split("salt", "[0,100]", HALVES.replace("\"b\"", "\"c\"")))),
                        "flags.f.segments[0].bucket.allocations[0].distributions[1].variant",
                        "the flag has no variant with the key 'c'"),
                error("unknown dependency", flags(DEPENDENT), "flags.g.dependencies[0]", "no flag has the key 'f'"),
                error(
                        "selector on the result of a flag that is not a dependency",
                        flags(F, flag("g", "\"variant\":\"a\"," + condition("\"result\",\"f\",\"key\"", "a"))),
                        "flags.g.segments[0].conditions[0][0].selector[1]",
                        "the flag 'f' is not among the dependencies, so it has no result here"),
                error(
                        "selector without a known start",
                        flags(flag("f", "\"variant\":\"a\"," + condition("\"user\",\"country\"", "DE"))),
                        "flags.f.segments[0].conditions[0][0].selector[0]",
                        "must start with \"context\" or \"result\""),
                error(
                        "unknown cohort",
                        document(DEPLOYMENT, TARGETING.replace("\"testers\"", "\"tester\""), COHORT),
                        "flags.f.segments[0].conditions[0][0].values[0]",
                        "no cohort has the id 'tester'"),
                error(
                        "allocation above 100 percent",
                        flags(flag("f", split("salt", "[0,200]", HALVES))),
                        "flags.f.segments[0].bucket.allocations[0].range",
                        "must be within 0 and 100, was 0 to 200"),
                error(
                        "distribution above all shares",
                        flags(flag("f", split("salt", "[0,100]", HALVES.replace("42949673", "100000000")))),
                        "flags.f.segments[0].bucket.allocations[0].distributions[1].range",
                        "must be within 0 and 42949673, was 21474836 to 100000000"),
                error(
                        "inverted range",
                        flags(flag("f", split("salt", "[50,0]", HALVES))),
                        "flags.f.segments[0].bucket.allocations[0].range",
                        "is inverted: 50 is above 0"),
                new Mistake(
                        "removal of a flag that another flag depends on",
                        flags(F, DEPENDENT),
                        document(deployment("\"g\""), DEPENDENT, ""),
                        Outcome.ERROR,
                        "flags.g.dependencies[0]",
                        ""),
                new Mistake(
                        "removal of a flag that a deployment lists",
                        document(DEPLOYMENT, F + "," + flag("g", "\"variant\":\"a\""), ""),
                        document(DEPLOYMENT, flag("g", "\"variant\":\"a\""), ""),
                        Outcome.ERROR,
                        "deployments.shop.flags[0]",
                        ""),
                new Mistake(
                        "removal of a cohort that a flag targets",
                        document(DEPLOYMENT, TARGETING, COHORT),
                        document(DEPLOYMENT, TARGETING, ""),
                        Outcome.ERROR,
                        "flags.f.segments[0].conditions[0][0].values[0]",
                        "targets the cohort 'testers', so it cannot be removed"),
                new Mistake(
                        "emptied deployment",
                        flags(F),
                        document(deployment(""), F, ""),
                        Outcome.WOULD_BE_EMPTY,
                        "deployments.shop.flags",
                        "the change removes all flags of this deployment"),
                new Mistake(
                        "removal of all deployments",
                        flags(F),
                        document("", F, ""),
                        Outcome.WOULD_BE_EMPTY,
                        "deployments",
                        "the change removes all deployments of the ruleset, so every client gets status 401"),
                new Mistake(
                        "emptied ruleset",
                        flags(F),
                        "{}",
                        Outcome.WOULD_BE_EMPTY,
                        "flags",
                        "the change removes all flags of the ruleset"),
                warning(
                        "hole in distributions",
                        flags(flag("f", split("salt", "[0,100]", HALVES.replace("21474836", "31474836")))),
                        "flags.f.segments[0].bucket.allocations[0].distributions",
                        "do not cover 0 to 42949673, and users in between get the variant of the segment"),
                warning(
                        "overlap of distributions",
                        flags(flag("f", split("salt", "[0,100]", HALVES.replace("21474836", "11474836")))),
                        "flags.f.segments[0].bucket.allocations[0].distributions",
                        "overlap: the first one gets the users of both, and the others fewer than their range says"),
                warning(
                        "hole in allocations",
                        flags(flag("f", split("salt", "[10,50]", HALVES))),
                        "flags.f.segments[0].bucket.allocations",
                        "leave out percentages below the highest one, whose users get the variant of the segment"),
                warning(
                        "overlap of allocations",
                        flags(flag(
                                "f",
                                SPLIT.replace(
                                        "\"allocations\":[",
                                        "\"allocations\":[{\"range\":[0,10],\"distributions\":" + HALVES + "},"))),
                        "flags.f.segments[0].bucket.allocations",
                        "overlap: the first one gets the users of both, and the others fewer than their range says"),
                warning(
                        "percentages as shares",
                        flags(flag(
                                "f",
                                split(
                                        "salt",
                                        "[0,100]",
                                        "[{\"variant\":\"a\",\"range\":[0,50]},"
                                                + "{\"variant\":\"b\",\"range\":[50,100]}]"))),
                        "flags.f.segments[0].bucket.allocations[0].distributions[0].range",
                        "has percentages where shares of 42949673 are expected, so hardly any user gets a variant"),
                warning(
                        "segment for all users before others",
                        flags(flag("f", "\"variant\":\"a\"},{" + SPLIT)),
                        "flags.f.segments[0]",
                        "has no conditions, so it applies to all users and later segments are never reached"),
                warning(
                        "empty salt",
                        flags(flag("f", split("", "[0,100]", HALVES))),
                        "flags.f.segments[0].bucket.salt",
                        "is empty: flags without a salt put the same users into the same variants"),
                warning(
                        "salt of another flag",
                        flags(flag("f", SPLIT), flag("g", SPLIT)),
                        "flags.g.segments[0].bucket.salt",
                        "is also a salt of the flag 'f', so both put the same users into the same parts"),
                new Mistake(
                        "changed salt",
                        flags(flag("f", SPLIT)),
                        flags(flag("f", split("other", "[0,100]", HALVES))),
                        Outcome.WARNING,
                        "flags.f.segments[0].bucket.salt",
                        "is new, so users move between variants: a flag should keep its salt"),
                warning(
                        "misspelt property",
                        flags(flag("f", "\"variant\":\"a\"," + condition("\"context\",\"user\",\"coutnry\"", "DE"))),
                        "flags.f.segments[0].conditions[0][0].selector[2]",
                        "'coutnry' is not built in; is 'country' meant?"),
                new Mistake(
                        "lowered version",
                        flags(versioned(4)),
                        flags(versioned(3)),
                        Outcome.WARNING,
                        "flags.f.metadata.flagVersion",
                        "is below 4, the version before, so clients may keep the old flag"),
                warning(
                        "bucketing by an unknown property",
                        flags(flag("f", SPLIT.replace("\"user_id\"", "\"account\""))),
                        "flags.f.segments[0].bucket.selector",
                        "no built-in property of users is 'account', and users without a value get the variant of the segment"),
                warning(
                        "variant that no user gets",
                        flags(flag("f", SPLIT).replace("\"off\":{", "\"c\":{\"key\":\"c\"},\"off\":{")),
                        "flags.f.variants.c",
                        "no segment assigns this variant, so no user gets it"));
    }

    /** Whether the mistake can be seen in one ruleset, without the one before it. */
    public boolean isInOneRuleset() {
        return before == null;
    }

    private static Mistake error(String name, String after, String path, String reason) {
        return new Mistake(name, null, after, Outcome.ERROR, path, reason);
    }

    private static Mistake warning(String name, String after, String path, String reason) {
        return new Mistake(name, null, after, Outcome.WARNING, path, reason);
    }

    /** All flags in one deployment. */
    private static String flags(String... flags) {
        return document(deployment("\"*\""), String.join(",", flags), "");
    }

    private static String document(String deployments, String flags, String cohorts) {
        return "{\"deployments\":[" + deployments + "],\"flags\":[" + flags + "],\"cohorts\":[" + cohorts + "]}";
    }

    private static String deployment(String flags) {
        return "{\"key\":\"server-key\",\"label\":\"shop\",\"type\":\"server\",\"flags\":[" + flags + "]}";
    }

    private static String flag(String key, String segment) {
        return "{\"key\":\"" + key + "\"," + VARIANTS + ",\"segments\":[{" + segment + "}]}";
    }

    private static String versioned(int version) {
        return "{\"key\":\"f\",\"metadata\":{\"flagVersion\":" + version + "}," + VARIANTS
                + ",\"segments\":[{\"variant\":\"a\"}]}";
    }

    private static String split(String salt, String range, String distributions) {
        return "\"variant\":\"off\",\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"" + salt
                + "\",\"allocations\":[{\"range\":" + range + ",\"distributions\":" + distributions + "}]}";
    }

    private static String condition(String selector, String value) {
        return "\"conditions\":[[{\"selector\":[" + selector + "],\"op\":\"set contains any\",\"values\":[\"" + value
                + "\"]}]]";
    }

    @Override
    public String toString() {
        return name;
    }
}
