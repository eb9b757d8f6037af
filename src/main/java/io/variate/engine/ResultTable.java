package io.variate.engine;

import java.util.Arrays;

/**
 * Results of flags, by number. Only grows, so readers of an earlier array find all results that it had. Used by one
 * thread at a time; others read arrays that were published to them.
 */
final class ResultTable {

    private static final int INITIAL_CAPACITY = 16;

    private EvaluatedVariant[] results = new EvaluatedVariant[INITIAL_CAPACITY];
    private int size;

    /** The number of results, which is the number of the next one. */
    int size() {
        return size;
    }

    /** Adds a result, whose number must be the size of the table. */
    void add(EvaluatedVariant result) {
        if (size == results.length) {
            results = Arrays.copyOf(results, 2 * size);
        }
        results[size++] = result;
    }

    /** Returns the results so far, by number, and space for more. Shared, because sets of flags have most in common. */
    EvaluatedVariant[] array() {
        return results;
    }
}
