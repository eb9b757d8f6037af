package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RunawayPatternTest {
    private static final String TEXT = "a".repeat(5_000) + "!";

    @ParameterizedTest
    @ValueSource(strings = {"regex match", "regex does not match"})
    void aPatternThatBacktracksWithoutEndGivesUpAndDoesNotHold(String operator) {
        assertThat(evaluate(operator, "(a+a+)+b", TEXT).size()).isZero();
    }

    @Test
    void anOrdinaryPatternHasBudgetForALongText() {
        assertThat(evaluate("regex match", "(?:[a-z]+[!?])*", TEXT).size()).isEqualTo(1);
    }

    private static Evaluation evaluate(String operator, String pattern, String text) {
        Condition condition = new Condition(List.of("context", "user", "user_id"), operator, Set.of(pattern));
        Flag flag = new Flag(
                "f",
                Map.of("on", new Variant("on", null, null, null)),
                List.of(new Segment(List.of(List.of(condition)), null, "on", null)),
                List.of(),
                null);
        CompiledFlags flags = CompiledFlags.compile(List.of(flag));
        return flags.evaluate(flags.planAll(), UserContext.read(null, text, null));
    }
}
