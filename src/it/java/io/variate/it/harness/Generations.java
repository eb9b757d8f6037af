package io.variate.it.harness;

import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Membership;
import io.variate.rulesets.document.CheckedRuleset;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Rulesets in generations, each of which gives users other variants, and the answers they must get, worked out by the
 * engine in this JVM. Answers contain their generation. Thread-safe.
 */
public final class Generations {
    /** The prefix of the ids of the members of {@link #COHORT}. */
    public static final String MEMBER = "member-";

    public static final String COHORT = "members";

    private static final Pattern GENERATION = Pattern.compile("""
                        "generation":\\{"key":"on","value":"([0-9]+)\"""");
    private static final long LAST_SHARE = 42_949_672;
    private static final Membership MEMBERS = (type, cohort, member) -> member.startsWith(MEMBER);
    private static final Map<Integer, EvaluationPlan> PLANS = new ConcurrentHashMap<>();

    private Generations() {}

    public static String document(int generation) {
        return Documents.document(List.of(Documents.deployment()), flags(generation))
                .encode();
    }

    /** The SQL that replaces the stored ruleset by a generation. */
    public static String[] statements(int generation) {
        return Stream.concat(
                        flags(generation).stream()
                                .map(flag -> "update variate.flag set definition = '" + flag.encode()
                                        + "' where key = '" + flag.getString("key") + "'"),
                        Stream.of("update variate.ruleset set revision = revision + 1"))
                .toArray(String[]::new);
    }

    /** The expected answer to a user without properties. */
    public static String answer(int generation, String user) {
        EvaluationPlan plan = PLANS.computeIfAbsent(generation, Generations::plan);
        byte[] answer = Evaluation.of(plan.read(null, user, null, MEMBERS)).encode(AnswerShape.V1);
        return new String(answer, StandardCharsets.UTF_8);
    }

    /** The generation that an answer contains, or -1. */
    public static int of(String answer) {
        Matcher found = GENERATION.matcher(answer);
        return found.find() ? Integer.parseInt(found.group(1)) : -1;
    }

    private static EvaluationPlan plan(int generation) {
        return CheckedRuleset.ofDocumentOrFlags(document(generation)).flags().planAll();
    }

    private static List<JsonObject> flags(int generation) {
        long share = 1 + Math.floorMod(generation * 7, 90) * (LAST_SHARE / 100);
        return List.of(
                flag("generation", List.of("on"), Integer.toString(generation), segment("on")),
                flag("halves", List.of("left", "right"), "", halves("salt-" + generation % 5, LAST_SHARE / 2)),
                flag("shares", List.of("left", "right"), "", halves("shares", share)),
                flag("cohort", List.of("in", "out"), "", members(), segment("out")));
    }

    private static JsonObject flag(String key, List<String> variants, String value, JsonObject... segments) {
        JsonObject defined = new JsonObject();
        variants.forEach(variant -> defined.put(
                variant, new JsonObject().put("key", variant).put("value", value.isEmpty() ? variant : value)));
        return new JsonObject()
                .put("key", key)
                .put("variants", defined)
                .put("segments", new JsonArray(List.of(segments)));
    }

    private static JsonObject segment(String variant) {
        return new JsonObject().put("variant", variant);
    }

    private static JsonObject members() {
        JsonObject condition = new JsonObject()
                .put("selector", JsonArray.of("context", "user", "cohort_ids"))
                .put("op", "set contains any")
                .put("values", JsonArray.of(COHORT));
        return segment("in").put("conditions", JsonArray.of(JsonArray.of(condition)));
    }

    private static JsonObject halves(String salt, long border) {
        JsonArray distributions = JsonArray.of(
                new JsonObject().put("variant", "left").put("range", JsonArray.of(0, border)),
                new JsonObject().put("variant", "right").put("range", JsonArray.of(border, LAST_SHARE + 1)));
        JsonObject all = new JsonObject().put("range", JsonArray.of(0, 100)).put("distributions", distributions);
        return new JsonObject()
                .put(
                        "bucket",
                        new JsonObject()
                                .put("selector", JsonArray.of("context", "user", "user_id"))
                                .put("salt", salt)
                                .put("allocations", JsonArray.of(all)));
    }
}
