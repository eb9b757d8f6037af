package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.engine.patterns.PatternMatching;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of one evaluation that conditions and buckets see: the context, the results so far, and cached outcomes of
 * conditions. Reused for consecutive evaluations; used by one thread.
 */
final class EvaluationState {

    /** The outcomes of a condition. A condition that has not been tested is unknown. */
    static final byte UNKNOWN = 0;

    static final byte HELD = 1;
    static final byte FAILED = 2;

    private final PatternMatching patterns;
    private EvaluationContext context = EvaluationContext.EMPTY;

    /**
     * The number of each result plus one; 0 for none. Numbers instead of references: storing a reference in a
     * long-lived object costs a garbage collection barrier, which is more expensive than looking the result up.
     */
    private int[] results = {};

    /** The order in which results arrived. Of flags with duplicate keys, a later one may assign the variant. */
    private int[] arrivals = {};

    private int arrived;
    private byte[] outcomes = {};
    private @Nullable Trace trace;

    EvaluationState(PatternMatching patterns) {
        this.patterns = patterns;
    }

    /** Starts an evaluation and discards the state of the last one. */
    void begin(EvaluationContext nextContext) {
        EvaluationPlan plan = nextContext.plan();
        if (results.length < plan.size()) {
            results = new int[plan.size()];
            arrivals = new int[plan.size()];
        } else {
            Arrays.fill(results, 0, plan.size(), 0);
        }
        if (outcomes.length < plan.cachedConditions()) {
            outcomes = new byte[plan.cachedConditions()];
        } else {
            Arrays.fill(outcomes, 0, plan.cachedConditions(), UNKNOWN);
        }
        arrived = 0;
        patterns.beginEvaluation();
        context = nextContext;
    }

    @Nullable
    Property property(int number) {
        return context.property(number);
    }

    /** Returns the result of the flag at a position, or null if it has none yet. */
    @Nullable
    EvaluatedVariant result(int position) {
        int result = results[position];
        return result == 0 ? null : context.plan().result(result - 1);
    }

    void put(int position, EvaluatedVariant result) {
        if (results[position] == 0) {
            arrivals[position] = arrived++;
        }
        results[position] = result.number() + 1;
    }

    /** The cached outcome of a condition. */
    byte outcome(int number) {
        return outcomes[number];
    }

    void cacheOutcome(int number, boolean holds) {
        outcomes[number] = holds ? HELD : FAILED;
    }

    PatternMatching patterns() {
        return patterns;
    }

    @Nullable
    Trace trace() {
        return trace;
    }

    void setTrace(@Nullable Trace newTrace) {
        trace = newTrace;
    }

    /** Returns the results in the order in which they arrived. */
    Map<String, @Nullable Object> resultsAsTree() {
        EvaluatedVariant[] ordered = new EvaluatedVariant[arrived];
        for (int i = 0; i < context.plan().size(); i++) {
            EvaluatedVariant result = result(i);
            if (result != null) {
                ordered[arrivals[i]] = result;
            }
        }
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        for (EvaluatedVariant result : ordered) {
            tree.put(result.flagKey(), result.asTree());
        }
        return tree;
    }

    /** Removes the gaps between results after the last flag, and returns the number of results. */
    int compact() {
        int size = 0;
        for (int i = 0; i < context.plan().size(); i++) {
            if (results[i] != 0) {
                results[size++] = results[i];
            }
        }
        return size;
    }
}
