package io.variate.engine;

import io.variate.engine.operators.Operator;
import io.variate.engine.operators.Property;
import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.PatternMatching;
import org.jspecify.annotations.Nullable;

/**
 * A compiled condition. Conditions with the same operator on the same property share one object. Immutable once its
 * plan is complete.
 */
final class CompiledCondition {

    private static final int NOT_CACHED = -1;

    private final Selector selector;
    private final Operator operator;

    /** The index of the cached outcome. Most conditions occur only once and are not cached. */
    private int cacheIndex = NOT_CACHED;

    CompiledCondition(Selector selector, Operator operator) {
        this.selector = selector;
        this.operator = operator;
    }

    boolean isCached() {
        return cacheIndex != NOT_CACHED;
    }

    /**
     * Caches the outcome from now on. Never call this for a condition on results, because results change during an
     * evaluation.
     */
    void cacheAs(int index) {
        cacheIndex = index;
    }

    boolean holds(EvaluationState state) {
        if (cacheIndex == NOT_CACHED) {
            return test(select(state), state.patterns());
        }
        byte known = state.outcome(cacheIndex);
        if (known != EvaluationState.UNKNOWN) {
            return known == EvaluationState.HELD;
        }
        boolean holds = test(select(state), state.patterns());
        state.cacheOutcome(cacheIndex, holds);
        return holds;
    }

    /** Returns the property that the condition tests, or null. */
    @Nullable
    Property select(EvaluationState state) {
        return selector.select(state);
    }

    private boolean test(@Nullable Property property, PatternMatching patterns) {
        if (property == null) {
            return operator.holdsForNull();
        }
        patterns.beginCondition();
        try {
            return operator.holds(property, patterns);
        } catch (AbandonedMatch undecided) {
            return false;
        }
    }
}
