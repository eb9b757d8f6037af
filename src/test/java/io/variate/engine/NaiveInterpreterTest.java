package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Verifies the interpreter against which the engine is checked. */
class NaiveInterpreterTest {

    @TestFactory
    Stream<DynamicTest> agreesWithBothReferenceEngines() {
        return Vectors.read("evaluation-public.jsonl.gz").stream()
                .map(vector -> dynamicTest(String.valueOf(vector.get("id")), () -> replay(vector)));
    }

    private static void replay(Map<String, @Nullable Object> vector) {
        List<?> flags = Vectors.list(vector.get("flags"));
        if (vector.containsKey("error")) {
            assertThatExceptionOfType(NaiveInterpreter.CycleException.class)
                    .isThrownBy(() -> NaiveInterpreter.sort(flags, Vectors.flagKeys(vector)));
        } else {
            assertThat(results(vector, flags, vector.get("order")))
                    .isEqualTo(Vectors.comparable(vector.get("expected")));
        }
    }

    @TestFactory
    Stream<DynamicTest> followsTheChosenEngineWhereTheyDiffer() {
        return DivergentVectorsTest.vectors()
                .map(vector -> dynamicTest(String.valueOf(vector.get("id")), () -> replayDivergent(vector)));
    }

    private static void replayDivergent(Map<String, @Nullable Object> vector) {
        Map<String, @Nullable Object> answer = DivergentVectorsTest.chosenAnswer(vector);
        // Malformed flags are rejected before evaluation, so the interpreter does not handle them.
        List<?> flags = Vectors.list(vector.get("flags")).stream()
                .filter(flag -> FlagReader.read(flag, "flag") instanceof FlagReading.Accepted)
                .toList();
        Map<String, @Nullable Object> results = results(vector, flags, answer.get("order"));

        if (answer.containsKey("error")) {
            assertThat(results).doesNotContainKey("probe");
        } else {
            assertThat(results).isEqualTo(Vectors.comparable(answer.get("result")));
        }
    }

    private static Map<String, @Nullable Object> results(
            Map<String, @Nullable Object> vector, List<?> flags, @Nullable Object order) {
        List<?> ordered = flags;
        if (vector.containsKey("sort")) {
            ordered = NaiveInterpreter.sort(flags, Vectors.flagKeys(vector));
            assertThat(ordered)
                    .extracting(flag -> ((Map<?, ?>) flag).get("key"))
                    .isEqualTo(order);
        }
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        new NaiveInterpreter()
                .evaluate(ordered, Vectors.object(vector.get("context")))
                .forEach((key, result) -> results.put(key, Vectors.comparable(result.asTree())));
        return results;
    }
}
