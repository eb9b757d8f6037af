package io.variate.engine;

import static io.variate.engine.Samples.conditional;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts with the same hash code are easy to produce, and must not cause quadratic time. */
@Timeout(10)
class CollidingTextsTest {

    private static final List<String> TEXTS = texts(16);

    @ParameterizedTest
    @ValueSource(strings = {"set is", "set contains", "set contains any"})
    void elementsOfAListNeedNoQuadraticTime(String operator) {
        EvaluationPlan plan =
                CompiledFlags.compile(List.of(conditional(operator, "a"))).planAll();

        assertThat(Evaluation.of(plan.contextOf(Map.of("p", TEXTS))).size()).isZero();
    }

    @Test
    void filterValuesNeedNoQuadraticTime() {
        Condition condition = new Condition(List.of("context", "p"), "is", TEXTS);
        Segment segment = new Segment(List.of(List.of(condition)), null, "on", null);
        Flag flag = new Flag("f", Map.of("on", new Variant("on", null, null, null)), List.of(segment), List.of(), null);

        EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();

        assertThat(Evaluation.of(plan.contextOf(Map.of("p", TEXTS.get(TEXTS.size() - 1))))
                        .size())
                .isEqualTo(1);
    }

    @Test
    void keysOfAUserNeedNoQuadraticTime() {
        Map<String, @Nullable Object> user = new LinkedHashMap<>();
        TEXTS.forEach(text -> user.put(text, text));
        EvaluationPlan plan = CompiledFlags.compile(List.of(conditional("is", "a"), everything()))
                .planAll();

        EvaluationContext context = plan.read(Json.write(user), null, null);

        assertThat(Evaluation.of(context).size()).isEqualTo(1);
    }

    /** A flag whose plan reads the whole user. */
    private static Flag everything() {
        return Samples.flag(
                "everything",
                "[{\"conditions\":[[" + Samples.condition("[\"context\"]", "is not", "a") + "]],\"variant\":\"on\"}]");
    }

    private static List<String> texts(int parts) {
        List<String> texts = List.of("");
        for (int i = 0; i < parts; i++) {
            List<String> longer = new ArrayList<>(texts.size() * 2);
            texts.forEach(text -> longer.addAll(List.of(text + "Aa", text + "BB")));
            texts = longer;
        }
        return texts;
    }
}
