package io.variate.management.translation;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Distribution;
import io.variate.engine.model.Segment;
import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Rollout;
import io.variate.management.model.Slot;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import io.variate.rulesets.document.CheckedRuleset;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases that a translator of management resources must get right. */
class TranslationCasesTest {
    private static final String KEY = "f";

    private static ManagedFlag flag() {
        return ManagedFlag.create(ResourceKind.FLAG, "", KEY, "user_id", "salt")
                .withId(1)
                .edit()
                .enabled(true)
                .evaluationMode(EvaluationMode.LOCAL)
                .build();
    }

    private static ManagedFlag experiment(long id, String key, String... variants) {
        List<FlagVariant> all = List.of(variants).stream().map(FlagVariant::new).toList();
        Map<String, Long> weights = new LinkedHashMap<>();
        all.forEach(variant -> weights.put(variant.key(), 1L));
        return ManagedFlag.create(ResourceKind.EXPERIMENT, "", key, "user_id", "salt" + id)
                .withId(id)
                .edit()
                .enabled(true)
                .variants(all)
                .rollout(new Rollout(100, weights))
                .build();
    }

    private static ManagedFlag withWeights(String percentage, AllocationMode mode, long... weights) {
        List<FlagVariant> variants = new ArrayList<>();
        Map<String, Long> byKey = new LinkedHashMap<>();
        for (int i = 0; i < weights.length; i++) {
            variants.add(new FlagVariant("v" + i));
            byKey.put("v" + i, weights[i]);
        }
        return flag().edit()
                .variants(variants)
                .rollout(new Rollout(new BigDecimal(percentage), byKey, mode))
                .build();
    }

    private static ManagedFlag included(ManagedFlag flag, String variant, String... users) {
        return flag.edit()
                .inclusions(variant, new Inclusions(List.of(users), List.of()))
                .build();
    }

    private static String user(String id) {
        return "{\"user_id\":\"" + id + "\"}";
    }

    private static @Nullable String variantOf(ManagedFlag flag, String user) {
        return Resources.of(flag).answers().of(user, flag.key());
    }

    private static String ranges(ManagedFlag flag) {
        Segment others = lastSegment(flag);
        List<String> ranges = new ArrayList<>();
        for (Distribution each :
                Objects.requireNonNull(others.bucket()).allocations().get(0).distributions()) {
            ranges.add(each.variant() + " " + each.range().from() + "-"
                    + each.range().to());
        }
        return String.join(", ", ranges);
    }

    private static Segment lastSegment(ManagedFlag flag) {
        List<Segment> segments = Resources.of(flag).flag(flag.key()).segments();
        return segments.get(segments.size() - 1);
    }

    // 1. Ranges from weights.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 99    | v0 0-429497, v1 429496-42949673",
                "99 1    | v0 0-42520177, v1 42520175-42949673",
                "1 1     | v0 0-21474837, v1 21474836-42949673",
                "1 1 1   | v0 0-14316558, v1 14316557-28633116, v2 28633114-42949673",
                "1 2 4   | v0 0-6135668, v1 6135667-18407003, v2 18407002-42949673",
                "0 1 1   | v1 0-21474837, v2 21474836-42949673",
                "1 0 1   | v0 0-21474837, v2 21474836-42949673",
                "1 1 0   | v0 0-21474837, v1 21474836-42949673",
                "0 0     | v0 0-21474837, v1 21474836-42949673",
            })
    void weightsBecomeTheRangesOfAmplitude(String weights, String expected) {
        long[] numbers = List.of(weights.trim().split(" ")).stream()
                .mapToLong(Long::parseLong)
                .toArray();

        assertThat(ranges(withWeights("100", AllocationMode.PERCENT, numbers))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "50", "99"})
    void aSingleVariantBelow100PercentIsSplit(String percentage) {
        ManagedFlag flag = withWeights(percentage, AllocationMode.PERCENT, 1);

        assertThat(ranges(flag)).isEqualTo("v0 0-42949673");
        assertThat(Objects.requireNonNull(lastSegment(flag).bucket())
                        .allocations()
                        .get(0)
                        .range()
                        .to())
                .isEqualTo(Integer.parseInt(percentage));
    }

    @ParameterizedTest
    @CsvSource({"0,off", "100,v0"})
    void aSingleVariantFor0Or100PercentIsNotSplit(String percentage, String variant) {
        Segment others = lastSegment(withWeights(percentage, AllocationMode.PERCENT, 1));

        assertThat(others.bucket()).isNull();
        assertThat(others.variant()).isEqualTo(variant);
    }

    // 4. Precedence.

    @Test
    void anInclusionBeatsADependency() {
        ManagedFlag parent = flag().edit().enabled(false).build();
        ManagedFlag child = included(experiment(2, "child", "on"), "on", "vip")
                .edit()
                .dependencies(new ParentDependencies(Map.of(1L, List.of("on")), ParentDependencies.Operator.ALL))
                .build();

        Resources.Answers answers = Resources.of(parent, child).answers();

        assertThat(answers.of(user("vip"), "child")).isEqualTo("on");
        assertThat(answers.of(user("other"), "child")).isEqualTo("off");
    }

    @Test
    void aDependencyBeatsStickyBucketing() {
        ManagedFlag parent = flag().edit().enabled(false).build();
        ManagedFlag child = sticky(experiment(2, "child", "control", "treatment"))
                .edit()
                .dependencies(new ParentDependencies(Map.of(1L, List.of("on")), ParentDependencies.Operator.ALL))
                .build();

        assertThat(Resources.of(parent, child).answers().of(stuck("child", "treatment"), "child"))
                .isEqualTo("off");
    }

    @Test
    void stickyBucketingBeatsTargeting() {
        ManagedFlag flag = sticky(experiment(2, "e", "control", "treatment"))
                .edit()
                .targetSegment(new TargetSegment("all", List.of(), new Rollout(100, Map.of("control", 1L)), null))
                .build();

        assertThat(variantOf(flag, stuck("e", "treatment"))).isEqualTo("treatment");
        assertThat(variantOf(flag, stuck("e", "off"))).isEqualTo("control");
        assertThat(variantOf(flag, user("u"))).isEqualTo("control");
    }

    @Test
    void anExclusionBeatsAnInclusion() {
        ManagedFlag flag = included(included(flag(), "on", "vip"), "off", "vip");

        assertThat(variantOf(flag, user("vip"))).isEqualTo("off");
        assertThat(Resources.of(flag).problems(KEY))
                .extracting(Problem::path)
                .containsExactly("inclusions.on.users[0]");
    }

    private static ManagedFlag sticky(ManagedFlag experiment) {
        return experiment
                .edit()
                .experiment(Objects.requireNonNull(experiment.experiment()).withSticky(true))
                .build();
    }

    private static String stuck(String flag, String variant) {
        return "{\"user_id\":\"u\",\"user_properties\":{\"[Experiment] " + flag + "\":\"" + variant + "\"}}";
    }

    @Test
    void aLocalFlagIsNeverSticky() {
        ManagedFlag flag = sticky(experiment(2, "e", "control", "treatment"))
                .edit()
                .evaluationMode(EvaluationMode.LOCAL)
                .build();

        assertThat(Resources.of(flag).definition("e")).doesNotContain("sticky-bucketing");
        assertThat(Resources.of(flag).problems("e")).extracting(Problem::path).containsExactly("stickyBucketing");
    }

    // 5. Special states.

    @Test
    void aDisabledFlagGivesOffToTheIncludedToo() {
        ManagedFlag flag = included(flag(), "on", "vip").edit().enabled(false).build();

        assertThat(variantOf(flag, user("vip"))).isEqualTo("off");
        assertThat(lastSegment(flag).metadata()).isEqualTo(Map.of("segmentName", "default"));
    }

    @Test
    void testInstrumentationServesOnlyInclusions() {
        ManagedFlag flag = included(flag(), "on", "vip")
                .edit()
                .testInstrumentation(true)
                .rollout(new Rollout(100, Map.of("on", 1L)))
                .build();

        assertThat(variantOf(flag, user("vip"))).isEqualTo("on");
        assertThat(variantOf(flag, user("other"))).isEqualTo("off");
    }

    @Test
    void anArchivedFlagHasNoRow() {
        assertThat(Resources.of(flag().withArchived(true)).compile(KEY, 1).definition())
                .isNull();
    }

    // 6. Users without the bucketing value.

    @Test
    void usersWithoutTheBucketingValueGetAVariantOnlyAt100PercentOfOneVariant() {
        String nobody = "{\"device_id\":\"d\"}";

        assertThat(variantOf(withWeights("99", AllocationMode.PERCENT, 1), nobody))
                .isEqualTo("off");
        assertThat(variantOf(withWeights("100", AllocationMode.PERCENT, 1), nobody))
                .isEqualTo("v0");
        assertThat(variantOf(withWeights("100", AllocationMode.PERCENT, 1, 1), nobody))
                .isEqualTo("off");
    }

    @Test
    void usersWithoutTheBucketingValueAreInNoSlotAndInNoExperimentOfAHoldout() {
        MutexGroup mutex = mutex(new Slot("S", "slot-1", 99, List.of(1L), List.of(), List.of(), List.of()));
        HoldoutGroup holdout = holdout(List.of(1L));

        Resources.Answers answers =
                Resources.of(mutex, holdout, experiment(1, "e", "on")).answers();

        assertThat(answers.of("{\"device_id\":\"d\"}"))
                .containsEntry("m", "off")
                .containsEntry("h", "off")
                .containsEntry("e", "off");
    }

    private static MutexGroup mutex(Slot... slots) {
        return new MutexGroup(
                10,
                "",
                "m",
                "M",
                "",
                EvaluationMode.REMOTE,
                new Bucketing("user_id", "ms", "User"),
                List.of(slots),
                false);
    }

    private static HoldoutGroup holdout(List<Long> experiments) {
        return new HoldoutGroup(
                11,
                "",
                "h",
                "H",
                "",
                30,
                EvaluationMode.REMOTE,
                new Bucketing("user_id", "hs", "User"),
                "on",
                experiments,
                List.of("in"),
                List.of("in", "out"),
                false);
    }

    // 7. Conditions.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/a/* | /a/b/c | true",
                "/a/* | /b/a/ | false",
                "a?c | abc | true",
                "a?c | ac | false",
                "a.c | abc | false",
                "a.c | a.c | true",
                "[a] | [a] | true",
                "[a] | a | false",
                "a\\b | a\\b | true",
                "(a)+$ | (a)+$ | true",
                "`` | a | false",
                "* | anything | true",
            })
    void globsMatchAsWhole(String glob, String path, boolean matches) {
        ManagedFlag flag = targeted(new TargetCondition("gp:path", "glob match", List.of(glob)));

        String user = "{\"user_id\":\"u\",\"user_properties\":{\"path\":" + Json.write(path) + "}}";

        assertThat(variantOf(flag, user)).isEqualTo(matches ? "on" : "off");
    }

    @Test
    void aGlobDoesNotMatchAcrossALineBreak() {
        ManagedFlag flag = targeted(new TargetCondition("gp:path", "glob match", List.of("a*c")));

        assertThat(variantOf(flag, "{\"user_id\":\"u\",\"user_properties\":{\"path\":\"a\\nc\"}}"))
                .isEqualTo("off");
    }

    @ParameterizedTest
    @CsvSource({"version,version less", "start_version,version less", "gp:version,less"})
    void versionsOfUsersAreComparedAsVersions(String prop, String op) {
        ManagedFlag flag = targeted(new TargetCondition(prop, "less", List.of("10.0.0")));

        assertThat(conditionOps(flag)).containsExactly(op);
    }

    @Test
    void aCustomVersionHasOperatorsOfItsOwn() {
        ManagedFlag flag = targeted(new TargetCondition("gp:version", "version less", List.of("10.0.0")));

        assertThat(variantOf(flag, "{\"user_id\":\"u\",\"user_properties\":{\"version\":\"9.0.0\"}}"))
                .isEqualTo("on");
    }

    @Test
    void aUserWithoutAnyCohortIsNotInACohort() {
        ManagedFlag flag = targeted(new TargetCondition("userdata_cohort", "is not", List.of("c")));

        assertThat(variantOf(flag, user("u"))).isEqualTo("on");
        assertThat(variantOf(flag, "{\"user_id\":\"u\",\"cohort_ids\":[\"c\",\"d\"]}"))
                .isEqualTo("off");
    }

    @Test
    void groupConditionsReadTheGroup() {
        ManagedFlag flag = targeted(new TargetCondition("gp:plan", "is", List.of("gold"), "org"));

        assertThat(variantOf(
                        flag,
                        "{\"user_id\":\"u\",\"groups\":{\"org\":[\"acme\"]},"
                                + "\"group_properties\":{\"org\":{\"acme\":{\"plan\":\"gold\"}}}}"))
                .isEqualTo("on");
    }

    private static ManagedFlag targeted(TargetCondition condition) {
        return flag().edit()
                .targetSegment(new TargetSegment("s", List.of(condition), new Rollout(100, Map.of("on", 1L)), null))
                .build();
    }

    private static List<String> conditionOps(ManagedFlag flag) {
        return Objects.requireNonNull(
                        Resources.of(flag).flag(KEY).segments().get(0).conditions())
                .get(0)
                .stream()
                .map(condition -> condition.op())
                .toList();
    }

    // 8. Groups and prerequisites.

    @Test
    void anExperimentInTwoSlotsHasTheTrafficOfBoth() {
        MutexGroup mutex = mutex(
                new Slot("A", "slot-1", 30, List.of(2L), List.of(), List.of(), List.of()),
                new Slot("B", "slot-2", 40, List.of(), List.of(), List.of(), List.of()),
                new Slot("C", "slot-3", 30, List.of(2L), List.of(), List.of(), List.of()));
        Resources resources = Resources.of(mutex, experiment(2, "e", "on"));

        assertThat(resources.definition("e"))
                .contains(
                        "{\"selector\":[\"result\",\"m\",\"key\"],\"op\":\"is not\",\"values\":[\"slot-1\",\"slot-3\"]}");
        Resources.Answers answers = resources.answers();
        int included = 0;
        for (int i = 0; i < 10_000; i++) {
            Map<String, String> variants = answers.of(user("user-" + i));
            assertThat(Objects.equals(variants.get("e"), "on")).isEqualTo(!Objects.equals(variants.get("m"), "slot-2"));
            included += Objects.equals(variants.get("e"), "on") ? 1 : 0;
        }
        assertThat(included).isBetween(5_800, 6_200);
    }

    @Test
    void exclusiveExperimentsNeverShareAUser() {
        MutexGroup mutex = mutex(
                new Slot("A", "slot-1", 50, List.of(2L), List.of(), List.of(), List.of()),
                new Slot("B", "slot-2", 30, List.of(3L), List.of(), List.of(), List.of()));
        Resources.Answers answers = Resources.of(mutex, experiment(2, "a", "on"), experiment(3, "b", "on"))
                .answers();

        int neither = 0;
        for (int i = 0; i < 10_000; i++) {
            Map<String, String> variants = answers.of(user("user-" + i));
            assertThat(List.of(String.valueOf(variants.get("a")), String.valueOf(variants.get("b"))))
                    .isNotEqualTo(List.of("on", "on"));
            neither += Objects.equals(variants.get("m"), "unallocated") ? 1 : 0;
        }
        assertThat(neither).isBetween(1_800, 2_200);
    }

    @Test
    void anExperimentInAHoldoutAndAMutexDependsOnBoth() {
        MutexGroup mutex = mutex(new Slot("A", "slot-1", 100, List.of(2L), List.of(), List.of(), List.of()));
        Resources resources = Resources.of(mutex, holdout(List.of(2L)), experiment(2, "e", "on"));

        assertThat(resources.flag("e").dependencies()).containsExactly("h", "m");
        Resources.Answers answers = resources.answers();
        assertThat(answers.of(user("in"))).containsEntry("h", "holdout").containsEntry("e", "off");
        assertThat(answers.of(user("out"))).containsEntry("h", "on").containsEntry("e", "on");
    }

    @Test
    void aHoldoutInASlotIsOffOutsideTheSlot() {
        MutexGroup mutex = mutex(new Slot("A", "slot-1", 1, List.of(), List.of(11L), List.of("vip"), List.of()));
        Resources.Answers answers = Resources.of(mutex, holdout(List.of(2L)), experiment(2, "e", "on"))
                .answers();

        assertThat(answers.of(user("user-1"))).containsEntry("h", "off").containsEntry("e", "off");
        assertThat(answers.of(user("vip"), "h")).isNotEqualTo("off");
    }

    @Test
    void prerequisitesWorkOverThreeLevels() {
        ManagedFlag root =
                flag().edit().rollout(new Rollout(100, Map.of("on", 1L))).build();
        ManagedFlag middle = requiring(experiment(2, "middle", "a", "b"), 1, "on");
        ManagedFlag leaf = requiring(experiment(3, "leaf", "on"), 2, "a");

        Resources.Answers answers = Resources.of(root, middle, leaf).answers();

        for (int i = 0; i < 100; i++) {
            Map<String, String> variants = answers.of(user("user-" + i));
            assertThat(variants.get("leaf")).isEqualTo(Objects.equals(variants.get("middle"), "a") ? "on" : "off");
        }
        assertThat(Resources.of(root.edit().enabled(false).build(), middle, leaf)
                        .answers()
                        .of(user("user-1"), "leaf"))
                .isEqualTo("off");
    }

    @Test
    void aFlagCanRequireThatItsParentIsOff() {
        ManagedFlag parent = flag().edit().enabled(false).build();

        assertThat(Resources.of(parent, requiring(experiment(2, "e", "on"), 1, "off"))
                        .answers()
                        .of(user("u"), "e"))
                .isEqualTo("on");
    }

    @Test
    void oneOfSeveralParentsIsEnoughWithTheOperatorAny() {
        ManagedFlag on =
                flag().edit().rollout(new Rollout(100, Map.of("on", 1L))).build();
        ManagedFlag off = experiment(2, "p2", "on").edit().enabled(false).build();
        Map<Long, List<String>> parents = new LinkedHashMap<>();
        parents.put(1L, List.of("on"));
        parents.put(2L, List.of("on"));
        ManagedFlag any = experiment(3, "any", "on")
                .edit()
                .dependencies(new ParentDependencies(parents, ParentDependencies.Operator.ANY))
                .build();
        ManagedFlag all = experiment(4, "all", "on")
                .edit()
                .dependencies(new ParentDependencies(parents, ParentDependencies.Operator.ALL))
                .build();

        assertThat(Resources.of(on, off, any, all).answers().of(user("u")))
                .containsEntry("any", "on")
                .containsEntry("all", "off");
    }

    @Test
    void aParentWithoutRequiredVariantsIsOnlyADependency() {
        ManagedFlag child = requiring(experiment(2, "e", "on"), 1);

        assertThat(Resources.of(flag(), child).flag("e").dependencies()).containsExactly(KEY);
        assertThat(Resources.of(flag(), child).definition("e")).doesNotContain("flag-dependencies");
    }

    @Test
    void reportsPrerequisitesThatCannotBe() {
        ManagedFlag local = requiring(experiment(2, "e", "on"), 1, "maybe")
                .edit()
                .evaluationMode(EvaluationMode.LOCAL)
                .build();
        ManagedFlag remote = flag().edit().evaluationMode(EvaluationMode.REMOTE).build();

        assertThat(Resources.of(remote.withArchived(true), local).problems("e"))
                .extracting(Problem::path)
                .containsExactly(
                        "parentDependencies.flags.1", "parentDependencies.flags.1", "parentDependencies.flags.1[0]");
        assertThat(Resources.of(local).problems("e"))
                .containsExactly(new Problem("parentDependencies.flags.1", "no flag has this id"));
    }

    private static ManagedFlag requiring(ManagedFlag flag, long parent, String... variants) {
        return flag.edit()
                .dependencies(
                        new ParentDependencies(Map.of(parent, List.of(variants)), ParentDependencies.Operator.ALL))
                .build();
    }

    @Test
    void anArchivedGroupIsNoLongerADependency() {
        MutexGroup mutex = mutex(new Slot("A", "slot-1", 1, List.of(2L), List.of(), List.of(), List.of()));

        assertThat(Resources.of(mutex.withArchived(true), experiment(2, "e", "on"))
                        .flag("e")
                        .dependencies())
                .isEmpty();
    }

    // 9. What changes the compiled flag.

    @Test
    void textsAndTagsDoNotChangeTheCompiledFlag() {
        ManagedFlag renamed =
                flag().edit().name("New").description("d").tags(List.of("t")).build();

        assertThat(Resources.of(renamed).definition(KEY))
                .isEqualTo(Resources.of(flag()).definition(KEY));
    }

    @Test
    void aPayloadChangesTheCompiledFlag() {
        ManagedFlag changed = flag().edit()
                .variants(List.of(new FlagVariant("on", "", "", 1L)))
                .build();

        assertThat(Resources.of(changed).definition(KEY))
                .isNotEqualTo(Resources.of(flag()).definition(KEY));
    }

    @Test
    void theSlotsOfAGroupChangeItsExperiments() {
        MutexGroup mutex =
                mutex(new Slot("A", "slot-1", 50, List.of(2L), List.of(), List.of(), List.of()), Slot.empty(2, 50));
        MutexGroup moved =
                mutex.without(2).withSlot(2, new Slot("B", "slot-2", 50, List.of(2L), List.of(), List.of(), List.of()));

        assertThat(Resources.of(moved, experiment(2, "e", "on")).definition("e"))
                .isNotEqualTo(Resources.of(mutex, experiment(2, "e", "on")).definition("e"));
    }

    // 10. Payloads.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "1.0",
                "1e3",
                "9223372036854775808",
                "{\"b\":1,\"a\":{\"z\":1.50}}",
                "\"ü😀\"",
                "{}",
                "\"x\""
            })
    void payloadsKeepTheirText(String payload) {
        ManagedFlag flag = flag().edit()
                .variants(List.of(new FlagVariant("on", "", "", Json.parseStrict(payload))))
                .build();

        assertThat(Resources.of(flag).definition(KEY)).contains("\"value\":\"on\",\"payload\":" + payload + "}");
    }

    @Test
    void aNullPayloadIsLeftOut() {
        assertThat(Resources.of(flag()).definition(KEY)).doesNotContain("payload");
    }

    // 11. Names of properties.

    @ParameterizedTest
    @CsvSource({"gp:a.b,a.b", "gp:a b,a b", "gp:[Experiment] x,[Experiment] x", "gp:gp:x,gp:x"})
    void customPropertiesHaveAnyName(String prop, String name) {
        ManagedFlag flag = targeted(new TargetCondition(prop, "is", List.of("1")));

        assertThat(variantOf(flag, "{\"user_id\":\"u\",\"user_properties\":{" + Json.write(name) + ":\"1\"}}"))
                .isEqualTo("on");
    }

    // 12. Growth.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"FINE | 0.1 0.5 1 2.25 10 50 100", "PERCENT | 1 2 10 50 100"})
    void growthMovesNobodyBackOrAcross(AllocationMode mode, String steps) {
        Map<String, String> before = new HashMap<>();
        for (String percentage : steps.trim().split(" ")) {
            Resources.Answers answers =
                    Resources.of(withWeights(percentage, mode, 3, 1, 2)).answers();
            Map<String, String> now = new HashMap<>();
            for (int i = 0; i < 20_000; i++) {
                String user = "user-" + i;
                String variant = String.valueOf(answers.of(user(user), KEY));
                if (!variant.equals("off")) {
                    now.put(user, variant);
                }
            }
            assertThat(now).containsAllEntriesOf(before);
            double expected = 20_000 * Double.parseDouble(percentage) / 100;
            assertThat((double) now.size()).isBetween(expected * 0.85 - 10, expected * 1.15 + 10);
            before = now;
        }
        assertThat(before).hasSize(20_000);
    }

    // 13. Checks of rulesets.

    @Test
    void everythingCompiledPassesTheChecksOfRulesetsWithoutWarnings() {
        MutexGroup mutex = mutex(new Slot("A", "slot-1", 60, List.of(2L), List.of(11L), List.of("q"), List.of()));
        ManagedFlag flag = sticky(requiring(experiment(2, "e", "control", "treatment"), 1, "on"))
                .edit()
                .inclusions("control", new Inclusions(List.of("q"), List.of()))
                .targetSegment(new TargetSegment(
                        "s",
                        List.of(new TargetCondition("gp:p", "glob match", List.of("/a/*"))),
                        new Rollout(new BigDecimal("0.5"), Map.of("control", 1L, "treatment", 3L), AllocationMode.FINE),
                        null))
                .rollout(new Rollout(20, Map.of("control", 1L, "treatment", 2L)))
                .build();
        Resources resources = Resources.of(
                flag().edit().evaluationMode(EvaluationMode.REMOTE).build(), flag, mutex, holdout(List.of(2L)));

        String list = "["
                + String.join(
                        ",",
                        List.of(KEY, "e", "m", "h").stream()
                                .map(resources::definition)
                                .toList())
                + "]";

        assertThat(CheckedRuleset.ofDocumentOrFlags(list).problems()).isEmpty();
    }

    // Bucketing.

    @Test
    void amplitudeIdMeansTheUserIdElseTheDeviceId() {
        ManagedFlag flag = withWeights("50", AllocationMode.PERCENT, 1)
                .edit()
                .bucketing(new Bucketing("amplitude_id", "salt", "User"))
                .build();
        ManagedFlag byUser = withWeights("50", AllocationMode.PERCENT, 1);
        ManagedFlag byDevice = byUser.edit()
                .bucketing(new Bucketing("device_id", "salt", "User"))
                .build();
        Resources.Answers answers = Resources.of(flag).answers();
        Resources.Answers users = Resources.of(byUser).answers();
        Resources.Answers devices = Resources.of(byDevice).answers();

        for (int i = 0; i < 500; i++) {
            String both = "{\"user_id\":\"u" + i + "\",\"device_id\":\"d" + i + "\"}";
            String device = "{\"device_id\":\"d" + i + "\"}";
            assertThat(answers.of(both, KEY)).isEqualTo(users.of(both, KEY));
            assertThat(answers.of(device, KEY)).isEqualTo(devices.of(device, KEY));
        }
    }

    @Test
    void amplitudeIdCanBeRefused() {
        ManagedFlag flag = flag().edit()
                .bucketing(new Bucketing("amplitude_id", "salt", "User"))
                .build();

        assertThat(Resources.of(flag)
                        .with(new CompilerSettings(CompilerSettings.AmplitudeId.REFUSE))
                        .compile(KEY, 1)
                        .hasErrors())
                .isTrue();
    }

    @Test
    void groupsAreAssignedTogether() {
        ManagedFlag flag = withWeights("50", AllocationMode.PERCENT, 1, 1)
                .edit()
                .bucketing(new Bucketing("group_name", "salt", "org"))
                .build();

        assertThat(Objects.requireNonNull(lastSegment(flag).bucket()).selector())
                .containsExactly("context", "groups", "org", "group_name");
    }

    @Test
    void anExperimentHasTheKeyOfItsRun() {
        ManagedFlag flag = experiment(2, "e", "on")
                .edit()
                .experiment(ExperimentDetails.PLANNED.nextRun(null))
                .build();

        assertThat(Resources.of(flag).definition("e")).contains("\"experimentKey\":\"exp-2\"");
    }
}
