package io.variate.engine;

import org.jspecify.annotations.Nullable;

/** A segment ready to be tried. Immutable. */
final class CompiledSegment {

    private final CompiledCondition @Nullable [][] alternatives;
    private final @Nullable CompiledBucket bucket;
    private final @Nullable EvaluatedVariant fallback;

    /**
     * @param alternatives of which one must hold, or null if the segment takes everyone
     * @param bucket or null
     * @param fallback what those get whom the bucket gives nothing, or null
     */
    CompiledSegment(
            CompiledCondition @Nullable [][] alternatives,
            @Nullable CompiledBucket bucket,
            @Nullable EvaluatedVariant fallback) {
        this.alternatives = alternatives;
        this.bucket = bucket;
        this.fallback = fallback;
    }

    /** The variant for the target, or null if the segment does not match or has nothing to assign. */
    @Nullable
    EvaluatedVariant evaluate(EvaluationState target) {
        if (!matches(target)) {
            return null;
        }
        return bucket == null ? fallback : bucket.assign(target, fallback);
    }

    private boolean matches(EvaluationState target) {
        if (alternatives == null) {
            return true;
        }
        for (int i = 0; i < alternatives.length; i++) {
            if (allHold(alternatives[i], i, target)) {
                return true;
            }
        }
        return false;
    }

    private static boolean allHold(CompiledCondition[] conditions, int alternative, EvaluationState target) {
        for (int i = 0; i < conditions.length; i++) {
            boolean holds = conditions[i].holds(target);
            Trace trace = target.trace();
            if (trace != null) {
                trace.tested(alternative, i, conditions[i].select(target), holds);
            }
            if (!holds) {
                return false;
            }
        }
        return true;
    }
}
