package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembershipTest {

    private static final String USER = "[\"context\",\"user\",\"cohort_ids\"]";
    private static final String COMPANY = "[\"context\",\"groups\",\"company\",\"cohort_ids\"]";

    private final List<String> asked = new ArrayList<>();

    /** Alice is in cohort a, the company acme in b; every lookup is recorded. */
    private final Membership membership = (groupType, cohortId, member) -> {
        asked.add(groupType + " " + cohortId + " " + member);
        return Set.of("User a alice", "company b acme").contains(groupType + " " + cohortId + " " + member);
    };

    @Test
    void addsCohortsOfTheUser() {
        assertThat(isOn(USER, "set contains any", "a", "{\"user_id\":\"alice\"}"))
                .isTrue();
        assertThat(isOn(USER, "set contains any", "a", "{\"user_id\":\"bob\"}")).isFalse();
        assertThat(isOn(USER, "set does not contain any", "a", "{\"user_id\":\"alice\"}"))
                .isFalse();
    }

    @Test
    void looksUpTheOverridingUserId() {
        assertThat(Evaluation.of(plan(USER, "set contains any", "a")
                                .read("{\"user_id\":\"bob\"}", "alice", null, membership))
                        .size())
                .isEqualTo(1);
    }

    @Test
    void addsCohortsOfTheGroup() {
        assertThat(isOn(COMPANY, "set contains any", "b", "{\"groups\":{\"company\":[\"acme\",\"other\"]}}"))
                .isTrue();
        assertThat(isOn(COMPANY, "set contains any", "b", "{\"groups\":{\"company\":[\"other\",\"acme\"]}}"))
                .isFalse();
    }

    @Test
    void addsNoCohortsToAUserWithoutId() {
        assertThat(isOn(USER, "set contains any", "a", "{\"device_id\":\"alice\"}"))
                .isFalse();
        assertThat(asked).isEmpty();
    }

    @Test
    void looksUpOnlyCohortsThatConditionsName() {
        CompiledFlags flags = CompiledFlags.compile(List.of(
                Samples.flag("f", segment(USER, "set contains any", "a", "c")),
                Samples.flag("g", segment(COMPANY, "set contains any", "b")),
                Samples.flag("h", segment("[\"context\",\"user\",\"country\"]", "is", "d"))));
        String user = "{\"user_id\":\"bob\",\"groups\":{\"company\":[\"acme\"],\"team\":[\"red\"]}}";

        flags.planAll().read(user, null, null, membership);
        assertThat(asked).containsExactlyInAnyOrder("User a bob", "User c bob", "company b acme");

        asked.clear();
        flags.plan(List.of("h")).read(user, null, null, membership);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "",
            value = {
                "                     | [\"a\"]",
                "null                 | [\"a\"]",
                "[]                   | [\"a\"]",
                "[\"x\",7]            | [\"x\",7,\"a\"]",
                "[\"a\",\"x\"]        | [\"a\",\"x\"]",
                "{\"x\":1}            | [\"x\",\"a\"]",
                "\"[\\\"x\\\"]\"      | [\"x\",\"a\"]",
                "\"x\"                | [\"a\"]",
                "7                    | [\"a\"]",
            })
    void keepsSentCohortIdsFirstIfTheyAreAList(@Nullable String sent, String seen) {
        String user = sent == null ? "{\"user_id\":\"alice\"}" : "{\"user_id\":\"alice\",\"cohort_ids\":" + sent + "}";

        assertThat(seenBy(plan(USER, "set contains any", "a"), user)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"\"x\"|\"x\"", "7|7", "[\"x\"]|[\"x\"]", "\"[\\\"x\\\"]\"|\"[\\\"x\\\"]\""})
    void keepsSentCohortIdsIfThereIsNothingToAdd(String sent, String seen) {
        assertThat(seenBy(plan(USER, "set contains any", "a"), "{\"user_id\":\"bob\",\"cohort_ids\":" + sent + "}"))
                .isEqualTo(seen);
    }

    @Test
    void addsCohortsForSelectorsOfTheWholeUserOrGroups() {
        String user = "{\"user_id\":\"alice\",\"groups\":{\"company\":[\"acme\"]}}";
        for (String whole : List.of("[\"context\",\"user\"]", "[\"context\",\"groups\"]", "[\"context\"]")) {
            CompiledFlags flags = CompiledFlags.compile(List.of(
                    Samples.flag("f", segment(USER, "set contains any", "a")),
                    Samples.flag("g", segment(COMPANY, "set contains any", "b")),
                    Samples.flag("h", segment(whole, "contains", "cohort_ids"))));

            assertThat(Samples.keys(Evaluation.of(flags.planAll().read(user, null, null, membership))))
                    .as(whole)
                    .containsExactly("f", "g", "h");
        }
    }

    @Test
    void addedCohortsEqualSentOnes() {
        Invariant.check(500, choices -> {
            List<String> targeted = choices.listOf(4, () -> choices.oneOf("a", "b", "c", "d", "(none)"));
            List<String> known = choices.listOf(4, () -> choices.oneOf("a", "b", "c", "d"));
            List<String> sent = choices.listOf(3, () -> choices.oneOf("a", "c", "x"));
            String op = choices.oneOf(Samples.OPERATORS);
            Flag flag = Samples.flag("f", segment(USER, op, targeted.toArray(String[]::new)));
            EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();
            List<String> union = new ArrayList<>(sent);
            known.stream()
                    .filter(id -> targeted.contains(id) && !sent.contains(id))
                    .forEach(union::add);
            choices.note("condition", op + " " + targeted);
            choices.note("known", known);
            choices.note("sent", sent);

            Evaluation evaluation = Evaluation.of(
                    plan.read(user(sent), "u", null, (groupType, cohortId, member) -> known.contains(cohortId)));

            Map<String, Object> user = Map.of("user_id", "u", "cohort_ids", union);
            assertThat(evaluation.size())
                    .isEqualTo(new NaiveInterpreter()
                            .evaluate(List.of(Vectors.object(Json.parse(tree(op, targeted)))), Map.of("user", user))
                            .size());
        });
    }

    private static String user(List<String> cohortIds) {
        return "{\"cohort_ids\":" + Json.write(cohortIds) + "}";
    }

    private static String tree(String op, List<String> values) {
        return "{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":"
                + segment(USER, op, values.toArray(String[]::new)) + "}";
    }

    private boolean isOn(String selector, String op, String value, String user) {
        return Evaluation.of(plan(selector, op, value).read(user, null, null, membership))
                        .size()
                == 1;
    }

    private String seenBy(EvaluationPlan plan, String user) {
        Explanation.SegmentVisit visit = new Evaluation()
                .explain(plan.read(user, null, null, membership))
                .get(0)
                .segments()
                .get(0);
        List<List<Explanation.ConditionTest>> alternatives = visit.alternatives();
        return alternatives == null ? "" : Json.write(alternatives.get(0).get(0).seen());
    }

    private static EvaluationPlan plan(String selector, String op, String... values) {
        return CompiledFlags.compile(List.of(Samples.flag("f", segment(selector, op, values))))
                .planAll();
    }

    private static String segment(String selector, String op, String... values) {
        return "[{\"conditions\":[[" + Samples.condition(selector, op, values) + "]],\"variant\":\"on\"}]";
    }
}
