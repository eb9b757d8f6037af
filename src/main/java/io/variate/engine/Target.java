package io.variate.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What selectors see during one evaluation: the context, and the results so far. Used by one thread. */
final class Target {

    private final EvaluationPlan plan;
    private final Map<String, @Nullable Object> context;
    private final @Nullable EvaluatedVariant[] results;

    Target(EvaluationPlan plan, EvaluationContext context) {
        this.plan = plan;
        this.context = context.root();
        this.results = new EvaluatedVariant[plan.size()];
    }

    Map<String, @Nullable Object> context() {
        return context;
    }

    /** The result of the flag in a slot, or null if it has none yet, or is no part of the plan. */
    @Nullable
    EvaluatedVariant result(int slot) {
        int position = plan.positionOf(slot);
        return position < 0 ? null : results[position];
    }

    void put(int position, EvaluatedVariant result) {
        results[position] = result;
    }

    Map<String, @Nullable Object> resultsAsTree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        for (EvaluatedVariant result : results) {
            if (result != null) {
                tree.put(result.flagKey(), result.asTree());
            }
        }
        return tree;
    }

    /** Closes the gaps between the results and hands them over; the target is of no use afterwards. */
    Evaluation toEvaluation(List<FlagFailure> failures) {
        int size = 0;
        for (EvaluatedVariant result : results) {
            if (result != null) {
                results[size++] = result;
            }
        }
        return new Evaluation(results, size, failures);
    }
}
