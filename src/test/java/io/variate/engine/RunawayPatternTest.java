package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RunawayPatternTest {
    private static final String TEXT = "a".repeat(5_000) + "!";

    @ParameterizedTest
    @ValueSource(strings = {"regex match", "regex does not match"})
    void abandonsARunawayPatternWhoseConditionThenDoesNotHold(String operator) {
        Evaluation evaluation = evaluate(operator, "(a+a+)+b", TEXT);

        assertThat(evaluation.size()).isZero();
        assertThat(evaluation.abandonedMatches()).isEqualTo(1);
    }

    @Test
    void fiftyCharactersSufficeForARunawayMatch() {
        Evaluation evaluation = evaluate("regex match", "(.*a){20}b", "a".repeat(50) + "!");

        assertThat(evaluation.size()).isZero();
        assertThat(evaluation.abandonedMatches()).isEqualTo(1);
    }

    @Test
    void theLibraryOptimizesTheUsualExample() {
        Evaluation evaluation = evaluate("regex match", "(a+)+$", "a".repeat(50) + "!");

        assertThat(evaluation.size()).isZero();
        assertThat(evaluation.abandonedMatches()).isZero();
    }

    @Test
    void abandonsAPatternThatExhaustsTheStack() {
        Evaluation evaluation = evaluate("regex match", "(a|b)*", "ab".repeat(200_000));

        assertThat(evaluation.size()).isZero();
        assertThat(evaluation.abandonedMatches()).isEqualTo(1);
        assertThat(evaluation.failures()).isEmpty();
    }

    @Test
    void theBudgetSufficesForAnOrdinaryPatternOnALongText() {
        Evaluation evaluation = evaluate("regex match", "(?:[a-z]+[!?])*", TEXT);

        assertThat(evaluation.size()).isEqualTo(1);
        assertThat(evaluation.abandonedMatches()).isZero();
    }

    @Test
    void supportsLookAroundAndBackReferences() {
        assertThat(evaluate("regex match", "(?=.*z)(\\w)\\w*\\1", "abzba").size())
                .isEqualTo(1);
    }

    @Test
    void theBudgetIsConfigurable() {
        EvaluationPlan plan = plan("regex match", "[a-z]+!");
        EvaluationContext context = plan.read(null, TEXT, null);

        assertThat(new Evaluation(4_000).evaluate(context).abandonedMatches()).isEqualTo(1);
        assertThat(new Evaluation(10_000).evaluate(context).abandonedMatches()).isZero();
    }

    @Test
    void aRunawayPatternDoesNotReduceTheBudgetOfTheNextCondition() {
        Evaluation reused = new Evaluation();
        reused.evaluate(plan("regex match", "(a+a+)+b").read(null, TEXT, null));

        reused.evaluate(plan("regex match", "[a-z]+!").read(null, TEXT, null));

        assertThat(reused.size()).isEqualTo(1);
        assertThat(reused.abandonedMatches()).isZero();
    }

    @Test
    void theElementsOfAListShareOneBudget() {
        EvaluationPlan plan = plan("regex match", "[a-z]+!");
        String list = Json.write(Collections.nCopies(100, "a".repeat(1_000)));

        Evaluation evaluation = new Evaluation(50_000).evaluate(plan.read(null, list, null));

        assertThat(evaluation.abandonedMatches()).isEqualTo(1);
    }

    @Test
    void thePatternsOfAConditionShareOneBudget() {
        EvaluationPlan plan = plan("regex match", "[a-z]+1", "[a-z]+2", "[a-z]+3", "[a-z]+!");
        EvaluationContext context = plan.read(null, TEXT, null);

        assertThat(new Evaluation(10_000).evaluate(context).size()).isZero();
        assertThat(new Evaluation(50_000).evaluate(context).size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"9, 1", "10, 0"})
    void anEvaluationHasTenTimesTheBudgetOfACondition(int runaways, int results) {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < runaways; i++) {
            flags.add(flag("runaway-" + i, "regex match", "(a+a+)+b" + i));
        }
        flags.add(flag("ordinary", "regex match", "[a-z]+!"));

        Evaluation evaluation =
                Evaluation.of(CompiledFlags.compile(flags).planAll().read(null, TEXT, null));

        assertThat(evaluation.size()).isEqualTo(results);
        assertThat(evaluation.abandonedMatches()).isEqualTo(runaways + 1 - results);
    }

    private static Evaluation evaluate(String operator, String pattern, String text) {
        return Evaluation.of(plan(operator, pattern).read(null, text, null));
    }

    private static EvaluationPlan plan(String operator, String... patterns) {
        return CompiledFlags.compile(List.of(flag("f", operator, patterns))).planAll();
    }

    private static Flag flag(String key, String operator, String... patterns) {
        Condition condition = new Condition(List.of("context", "user", "user_id"), operator, List.of(patterns));
        return new Flag(
                key,
                Map.of("on", new Variant("on", null, null, null)),
                List.of(new Segment(List.of(List.of(condition)), null, "on", null)),
                List.of(),
                null);
    }
}
