package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The engine with the interface of property tests: trees in, trees out. */
final class Engine {

    private Engine() {}

    static Evaluation evaluate(EvaluationPlan plan, Map<String, @Nullable Object> context) {
        return Evaluation.of(plan.contextOf(context));
    }

    /** @param flags JSON trees of well-formed flags */
    static CompiledFlags compile(List<?> flags) {
        return CompiledFlags.compile(flags.stream().map(Engine::flag).toList());
    }

    static Flag flag(@Nullable Object tree) {
        if (FlagReader.read(tree, "flag") instanceof FlagReading.Accepted accepted) {
            return accepted.flag();
        }
        throw new IllegalArgumentException(String.valueOf(tree));
    }

    /** Returns the results by flag key. */
    static Map<String, @Nullable Object> results(Evaluation evaluation) {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        evaluation.forEach(variant -> results.put(variant.flagKey(), variant.asTree()));
        return results;
    }

    /** Returns the expected results of a plan. */
    static Map<String, @Nullable Object> naiveResults(
            List<?> flags, EvaluationPlan plan, Map<String, @Nullable Object> context) {
        List<?> planned = plan.size() == 0 ? List.of() : NaiveInterpreter.sort(flags, plan.keys());
        return trees(new NaiveInterpreter().evaluate(planned, context));
    }

    static Map<String, @Nullable Object> trees(Map<String, NaiveInterpreter.Result> results) {
        Map<String, @Nullable Object> trees = new LinkedHashMap<>();
        results.forEach((key, result) -> trees.put(key, result.asTree()));
        return trees;
    }
}
