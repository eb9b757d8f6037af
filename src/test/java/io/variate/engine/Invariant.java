package io.variate.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A property that holds for every input that choices can generate. */
@FunctionalInterface
interface Invariant {

    /** Throws any exception or error if the property does not hold. */
    void holdFor(Choices choices);

    /**
     * Checks the invariant with a number of inputs, the same in each run. {@code -Dvariate.seed=N} selects others; with
     * the seed that a failure reports, the failing input comes first. {@code -Dvariate.cases=N} checks more inputs.
     *
     * @throws AssertionError with the simplest input found for which the invariant does not hold
     */
    static void check(int cases, Invariant invariant) {
        long firstSeed = Long.getLong("variate.seed", 1);
        long lastSeed = firstSeed + Integer.getInteger("variate.cases", cases) - 1;
        for (long seed = firstSeed; seed <= lastSeed; seed++) {
            Choices choices = Choices.random(seed);
            if (invariant.failure(choices) != null) {
                Choices simplest = Choices.of(Simplification.of(choices.made(), invariant));
                Throwable failure = invariant.failure(simplest);
                throw new AssertionError(describe(seed, simplest.notes(), failure), failure);
            }
        }
    }

    /** Returns the failure for some choices, or null if the invariant holds. */
    default @Nullable Throwable failure(Choices choices) {
        try {
            holdFor(choices);
            return null;
        } catch (Exception | AssertionError | StackOverflowError failure) {
            return failure;
        }
    }

    private static String describe(long seed, Map<String, String> notes, @Nullable Throwable failure) {
        StringBuilder text = new StringBuilder("invariant does not hold (repeat with -Dvariate.seed=" + seed + ") for");
        notes.forEach(
                (name, value) -> text.append("\n  ").append(name).append(": ").append(value));
        return text.append("\nbecause ").append(failure).toString();
    }
}
