package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.engine.patterns.PatternMatching;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What conditions and buckets see during one evaluation: the context, the results so far, and how the conditions tested
 * so far came out. Serves one evaluation after the other; used by one thread.
 */
final class EvaluationState {

    /** How a condition can have come out; nothing is known of those that have not been tested. */
    static final byte UNKNOWN = 0;

    static final byte HELD = 1;
    static final byte FAILED = 2;

    private final PatternMatching patterns;
    private EvaluationContext context = EvaluationContext.NOBODY;

    /**
     * One more than the number of each result, 0 for none. Numbers rather than references, for storing a reference in an
     * object that lives long costs the garbage collector's barrier, which is more than finding the result again.
     */
    private int[] results = {};

    /** For each result when it came, counted from the first: of repeated flags, a later one may come to something. */
    private int[] arrivals = {};

    private int arrived;
    private byte[] outcomes = {};
    private @Nullable Trace trace;

    EvaluationState(PatternMatching patterns) {
        this.patterns = patterns;
    }

    /** Forgets everything about the last evaluation. */
    void begin(EvaluationContext nextContext) {
        EvaluationPlan plan = nextContext.plan();
        if (results.length < plan.size()) {
            results = new int[plan.size()];
            arrivals = new int[plan.size()];
        } else {
            Arrays.fill(results, 0, plan.size(), 0);
        }
        if (outcomes.length < plan.conditions()) {
            outcomes = new byte[plan.conditions()];
        } else {
            Arrays.fill(outcomes, 0, plan.conditions(), UNKNOWN);
        }
        arrived = 0;
        patterns.beginEvaluation();
        context = nextContext;
    }

    @Nullable
    Property property(int number) {
        return context.property(number);
    }

    /** The result of the flag at a position, or null if it has none yet. */
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

    /** How a condition came out. */
    byte outcome(int number) {
        return outcomes[number];
    }

    void remember(int number, boolean holds) {
        outcomes[number] = holds ? HELD : FAILED;
    }

    PatternMatching patterns() {
        return patterns;
    }

    @Nullable
    Trace trace() {
        return trace;
    }

    void traceWith(@Nullable Trace newTrace) {
        trace = newTrace;
    }

    /** The results in the order in which they came. */
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

    /** Closes the gaps between the results, after the last flag, and tells how many there are. */
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
