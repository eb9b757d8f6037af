package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.variate.engine.model.DependencyCycleException;
import io.variate.engine.model.DependencyOrder;
import io.variate.engine.model.Flag;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the cases on which both reference engines agree. */
class PublicVectorsTest {

    @TestFactory
    Stream<DynamicTest> agreesWithBothReferenceEngines() {
        return Vectors.read("evaluation-public.jsonl.gz").stream()
                .map(vector -> dynamicTest(String.valueOf(vector.get("id")), () -> replay(vector)));
    }

    private static void replay(Map<String, @Nullable Object> vector) {
        List<Flag> flags = Vectors.flags(vector);
        if (vector.containsKey("error")) {
            assertThatThrownBy(() -> DependencyOrder.sort(flags, Vectors.flagKeys(vector)))
                    .isInstanceOf(DependencyCycleException.class);
            return;
        }
        CompiledFlags target = CompiledFlags.compile(flags);
        EvaluationPlan plan = target.planAsListed();
        if (vector.containsKey("sort")) {
            List<String> keys = Vectors.flagKeys(vector);
            assertThat(DependencyOrder.sort(flags, keys)).extracting(Flag::key).isEqualTo(vector.get("order"));
            plan = keys.isEmpty() ? target.planAll() : target.plan(keys);
            assertThat(plan.keys()).isEqualTo(vector.get("order"));
        }
        Map<String, @Nullable Object> context = Vectors.object(vector.get("context"));

        Evaluation evaluation = Evaluation.of(plan.contextOf(context));

        assertThat(Vectors.results(evaluation)).isEqualTo(Vectors.comparable(vector.get("expected")));
        assertThat(evaluation.failures()).isEmpty();
    }
}
