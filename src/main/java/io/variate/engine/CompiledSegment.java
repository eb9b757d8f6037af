package io.variate.engine;

import org.jspecify.annotations.Nullable;

/** A compiled segment. Immutable. */
final class CompiledSegment {

    private final CompiledCondition @Nullable [][] alternatives;
    private final @Nullable CompiledBucket bucket;
    private final @Nullable EvaluatedVariant fallback;

    /**
     * @param alternatives the alternatives of which one must hold, or null if the segment matches every user
     * @param bucket the bucket, or null
     * @param fallback the variant for users whom the bucket assigns none, or null
     */
    CompiledSegment(
            CompiledCondition @Nullable [][] alternatives,
            @Nullable CompiledBucket bucket,
            @Nullable EvaluatedVariant fallback) {
        this.alternatives = alternatives;
        this.bucket = bucket;
        this.fallback = fallback;
    }

    /** Returns the variant, or null if the segment does not match or has nothing to assign. */
    @Nullable
    EvaluatedVariant evaluate(EvaluationState state) {
        if (!matches(state)) {
            return null;
        }
        return bucket == null ? fallback : bucket.assign(state, fallback);
    }

    private boolean matches(EvaluationState state) {
        if (alternatives == null) {
            return true;
        }
        for (int i = 0; i < alternatives.length; i++) {
            if (allHold(alternatives[i], i, state)) {
                return true;
            }
        }
        return false;
    }

    private static boolean allHold(CompiledCondition[] conditions, int alternative, EvaluationState state) {
        for (int i = 0; i < conditions.length; i++) {
            boolean holds = conditions[i].holds(state);
            Trace trace = state.trace();
            if (trace != null) {
                trace.recordTest(alternative, i, conditions[i].select(state), holds);
            }
            if (!holds) {
                return false;
            }
        }
        return true;
    }
}
