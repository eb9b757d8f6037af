package io.variate.engine;

import static io.variate.engine.Samples.condition;
import static io.variate.engine.Samples.conditional;
import static io.variate.engine.Samples.context;
import static io.variate.engine.Samples.flag;
import static io.variate.engine.Samples.keys;
import static io.variate.engine.Samples.on;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompiledFlagsTest {

    private static final Map<String, @Nullable Object> EMPTY_CONTEXT = context("{}");

    @Test
    void plansAllFlagsWithDependenciesFirst() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a", "c"), on("b"), on("c", "missing")));

        assertThat(target.planAll().keys()).containsExactly("c", "a", "b");
    }

    @Test
    void plansRequestedFlagsAndTheirDependencies() {
        CompiledFlags target =
                CompiledFlags.compile(List.of(on("a"), on("b", "c"), on("c", "d"), on("d"), on("e", "a", "d")));

        assertThat(target.plan(List.of("e", "b", "unknown")).keys()).containsExactly("a", "d", "e", "c", "b");
    }

    @Test
    void plansNothingForNoKeys() {
        assertThat(CompiledFlags.compile(List.of(on("a"))).plan(List.of()).size())
                .isZero();
    }

    @Test
    void plansNothingForAnUnknownKey() {
        assertThat(CompiledFlags.compile(List.of(on("a"))).plan(List.of("b")).size())
                .isZero();
    }

    @Test
    void cachesThePlanOfASingleFlag() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), on("b", "a")));

        EvaluationPlan plan = target.plan(List.of("b"));

        assertThat(plan.keys()).containsExactly("a", "b");
        assertThat(target.plan(List.of("b"))).isSameAs(plan);
    }

    @Test
    void cachesThePlanOfSeveralFlags() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), on("b"), on("c")));

        EvaluationPlan plan = target.plan(List.of("c", "a"));

        assertThat(plan.keys()).containsExactly("c", "a");
        assertThat(target.plan(List.of("c", "a"))).isSameAs(plan);
        assertThat(target.plan(List.of("a", "c")).keys()).containsExactly("a", "c");
    }

    @Test
    void limitsTheNumberOfCachedPlans() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), on("b")));
        EvaluationPlan first = target.plan(List.of("a", "b"));

        for (int i = 0; i < 10_000; i++) {
            target.plan(List.of("a", "unknown-" + i));
        }

        assertThat(target.plan(List.of("a", "b"))).isNotSameAs(first);
    }

    @Test
    void lastOfDuplicateFlagsReplacesTheFirst() {
        CompiledFlags target = CompiledFlags.compile(
                List.of(flag("a", "[{\"variant\":\"off\"}]"), on("b"), flag("a", "[{\"variant\":\"on\"}]")));

        Evaluation evaluation = Evaluation.of(target.planAll().contextOf(EMPTY_CONTEXT));

        assertThat(keys(evaluation)).containsExactly("a", "b");
        assertThat(evaluation.get(0).key()).isEqualTo("on");
    }

    @Test
    void laterDuplicateFlagOverwritesOnlyIfItHasAResult() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), on("b"), flag("a", "[]")));

        Evaluation evaluation = Evaluation.of(target.planAsListed().contextOf(EMPTY_CONTEXT));

        assertThat(keys(evaluation)).containsExactly("a", "b");
    }

    @Test
    void selectsAllResultsInTheirOrderOfArrival() {
        String condition = Samples.condition("[\"result\"]", "is", "{\"b\":" + ON + ",\"a\":" + ON + "}");
        Flag probe = flag("probe", "[{\"conditions\":[[" + condition + "]],\"variant\":\"on\"}]");
        CompiledFlags target = CompiledFlags.compile(List.of(flag("a", "[]"), on("b"), on("a"), probe));

        assertThat(keys(Evaluation.of(target.planAsListed().contextOf(Map.of()))))
                .contains("probe");
    }

    private static final String ON = "{\"key\":\"on\",\"value\":\"on\"}";

    @Test
    void selectsResultsOfEarlierFlags() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), dependent("b", "a")));

        assertThat(keys(Evaluation.of(target.planAll().contextOf(EMPTY_CONTEXT))))
                .containsExactly("a", "b");
    }

    @Test
    void selectsNoResultsOfLaterFlags() {
        CompiledFlags target = CompiledFlags.compile(List.of(dependent("b", "a"), on("a")));

        assertThat(keys(Evaluation.of(target.planAsListed().contextOf(EMPTY_CONTEXT))))
                .containsExactly("a");
    }

    @Test
    void selectsNoResultsOfFlagsOutsideThePlan() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a"), dependent("b", "a")));

        assertThat(Evaluation.of(target.plan(List.of("b")).contextOf(EMPTY_CONTEXT))
                        .size())
                .isZero();
    }

    /** A flag that is on where another one is, without declaring it as a dependency. */
    private static Flag dependent(String key, String other) {
        String condition = Samples.condition("[\"result\",\"" + other + "\",\"key\"]", "is", "on");
        return flag(key, "[{\"conditions\":[[" + condition + "]],\"variant\":\"on\"}]");
    }

    @Test
    void skipsFlagsOnACycleAndTheirDependents() {
        CompiledFlags target =
                CompiledFlags.compile(List.of(on("a", "b"), on("b", "a"), on("c", "d", "b"), on("d"), on("e", "e")));

        assertThat(target.planAll().keys()).containsExactly("d");
        assertThat(target.plan(List.of("c", "d")).keys()).containsExactly("d");
        assertThat(target.plan(List.of("a")).size()).isZero();
    }

    @Test
    void reportsFlagsSkippedForACycle() {
        CompiledFlags target = CompiledFlags.compile(List.of(on("a", "b"), on("b", "a"), on("c", "b"), on("d")));

        assertThat(target.problems())
                .extracting(Problem::path)
                .containsExactly("flags.a.dependencies", "flags.b.dependencies", "flags.c.dependencies");
        assertThat(target.problems().get(2).reason()).startsWith("b is on a dependency cycle");
    }

    @Test
    void followsLongChainsOfDependencies() {
        List<Flag> chain = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            chain.add(on("f" + i, "f" + (i + 1)));
        }

        CompiledFlags target = CompiledFlags.compile(chain);

        assertThat(target.planAll().keys()).startsWith("f19999").endsWith("f0").hasSize(20_000);
    }

    @Test
    void reportsInvalidPatterns() {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional("regex match", "a", "(")));

        assertThat(target.problems())
                .extracting(Problem::path)
                .containsExactly("flags.probe.segments[0].conditions[0][0].values[1]");
    }

    @Test
    void reportsPatternsThatAreNestedTooDeeply() {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional("regex match", "(".repeat(100_000))));

        assertThat(target.problems()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "regex match, (, b, false",
        "regex does not match, (, b, false",
        "regex match, a, a, true",
        "regex match, a, b, false",
        "regex does not match, a, a, false",
        "regex does not match, a, b, false",
    })
    void conditionFailsOnceItReachesAnInvalidPattern(String op, String first, String property, boolean holds) {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional(op, first, "[")));

        assertThat(Evaluation.of(target.planAll().contextOf(property(property))).size())
                .isEqualTo(holds ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"regex match, false", "regex does not match, true"})
    void missingPropertyNeverReachesAnInvalidPattern(String op, boolean holds) {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional(op, "(")));

        assertThat(Evaluation.of(target.planAll().contextOf(EMPTY_CONTEXT)).size())
                .isEqualTo(holds ? 1 : 0);
    }

    @Test
    void reportsUnknownOperators() {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional("glob match", "a*")));

        assertThat(target.problems())
                .extracting(Problem::path)
                .containsExactly("flags.probe.segments[0].conditions[0][0].op");
    }

    @Test
    void contextNestedBeyondTheStackFailsOnlyFlagsThatUseItsText() {
        Map<String, @Nullable Object> deep = new LinkedHashMap<>();
        for (int i = 0; i < 100_000; i++) {
            Map<String, @Nullable Object> outer = new LinkedHashMap<>();
            outer.put("p", deep);
            deep = outer;
        }
        CompiledFlags target = CompiledFlags.compile(List.of(conditional("is", "x"), on("b")));

        Evaluation evaluation = Evaluation.of(target.planAll().contextOf(deep));

        assertThat(keys(evaluation)).containsExactly("b");
        assertThat(evaluation.failures()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "[1e400]",
                "{\"a\":-1e400}",
                "\"\\ud800\"",
                "\"[1e400,\\\"\\\\ud800\\\"]\"",
                "[[[[[[null]]]]]]",
                "\"[[[[\"",
                "\"\"",
                "[]",
                "{}",
                "null",
                "\"\\u0000\""
            })
    void noUnusualPropertyMakesAnOperatorFail(String property) {
        List<Flag> flags = new ArrayList<>();
        for (String op : Samples.OPERATORS) {
            flags.add(conditional(op, "1", "1.0", "true", "a", ""));
        }
        CompiledFlags target = CompiledFlags.compile(flags);

        Evaluation evaluation = Evaluation.of(target.planAsListed().contextOf(context("{\"p\":" + property + "}")));

        assertThat(evaluation.failures()).isEmpty();
    }

    @Test
    void supportsAllTwentyOperators() {
        List<Flag> flags =
                Samples.OPERATORS.stream().map(op -> conditional(op, "1")).toList();

        assertThat(flags).hasSize(20);
        assertThat(CompiledFlags.compile(flags).problems()).isEmpty();
    }

    @Test
    void readsBracketedTextThatIsNoArrayAsText() {
        CompiledFlags target = CompiledFlags.compile(List.of(conditional("is", "[a]", "[01]", "[true,]")));

        for (String text : List.of("[a]", "[01]", "[true,]")) {
            assertThat(Evaluation.of(target.planAll().contextOf(property(text))).size())
                    .isEqualTo(1);
        }
    }

    @Test
    void equalSegmentsShareTheirResult() {
        String probe = condition("[\"context\",\"p\"]", "is", "a");
        String other = condition("[\"context\",\"p\"]", "is", "b");
        CompiledFlags target = CompiledFlags.compile(List.of(flag(
                "f",
                "[{\"conditions\":[[" + probe + "]],\"variant\":\"on\"},{\"conditions\":[[" + other
                        + "]],\"variant\":\"on\"}]")));

        assertThat(Evaluation.of(target.planAll().contextOf(property("a"))).get(0))
                .isSameAs(
                        Evaluation.of(target.planAll().contextOf(property("b"))).get(0));
    }

    @Test
    void limitsTheTotalSizeOfCachedPlans() {
        CompiledFlags target = CompiledFlags.compile(
                IntStream.range(0, 1_000).mapToObj(i -> on("f" + i)).toList());
        List<String> keys = target.planAll().keys();
        EvaluationPlan first = target.plan(keys);

        IntStream.range(1, 100).forEach(i -> target.plan(keys.subList(i, keys.size())));

        assertThat(target.plan(keys)).isNotSameAs(first);
    }

    private static Map<String, @Nullable Object> property(String text) {
        return context("{\"p\":" + Json.write(text) + "}");
    }
}
