package io.variate.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that holds for every input that can be made of choices. */
@FunctionalInterface
interface Invariant {

    /** Fails with any exception or error. */
    void holdFor(Choices choices);

    /**
     * Tries the invariant with so many inputs, always the same ones. {@code -Dvariate.seed=N} tries others; the seed that
     * a failure names makes the failing input the first. {@code -Dvariate.cases=N} tries more of them.
     *
     * @throws AssertionError that tells the simplest input found for which the invariant does not hold
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

    /** How the invariant fails with some choices, or null if it holds. */
    default @Nullable Throwable failure(Choices choices) {
        try {
            holdFor(choices);
            return null;
        } catch (Exception | AssertionError | StackOverflowError failure) {
            return failure;
        }
    }

    private static String describe(long seed, Map<String, String> notes, @Nullable Throwable failure) {
        StringBuilder text = new StringBuilder("does not hold (again with -Dvariate.seed=" + seed + ") for");
        notes.forEach(
                (name, value) -> text.append("\n  ").append(name).append(": ").append(value));
        return text.append("\nbecause ").append(failure).toString();
    }
}
