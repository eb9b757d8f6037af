package io.variate.engine;

import java.time.Duration;
import java.util.Arrays;

/** The search for choices that are fewer or smaller than some that fail a invariant, and fail it as well. */
final class Simplification {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Invariant invariant;
    private final long deadline = System.nanoTime() + PATIENCE.toNanos();
    private int[] best;

    private Simplification(int[] failing, Invariant invariant) {
        this.best = failing;
        this.invariant = invariant;
    }

    static int[] of(int[] failing, Invariant invariant) {
        Simplification search = new Simplification(failing, invariant);
        int[] before;
        do {
            before = search.best;
            search.leaveOut();
            search.lessen();
        } while (search.best != before && search.hasPatience());
        return search.best;
    }

    private void leaveOut() {
        for (int length = best.length / 2; length > 0; length /= 2) {
            for (int end = best.length; end >= length && hasPatience(); end -= length) {
                takeIfFailing(without(end - length, end));
            }
        }
    }

    private void lessen() {
        for (int i = 0; i < best.length && hasPatience(); i++) {
            if (best[i] > 0 && !takeIfFailing(with(i, 0))) {
                lessen(i, 0);
            }
        }
    }

    private void lessen(int index, int tooSmall) {
        int lower = tooSmall;
        while (best[index] - lower > 1 && hasPatience()) {
            int middle = lower + (best[index] - lower) / 2;
            if (!takeIfFailing(with(index, middle))) {
                lower = middle;
            }
        }
    }

    private boolean takeIfFailing(int[] choices) {
        boolean fails = invariant.failure(Choices.of(choices)) != null;
        if (fails) {
            best = choices;
        }
        return fails;
    }

    private boolean hasPatience() {
        return System.nanoTime() < deadline;
    }

    private int[] without(int from, int end) {
        int[] shorter = Arrays.copyOf(best, best.length - (end - from));
        System.arraycopy(best, end, shorter, from, best.length - end);
        return shorter;
    }

    private int[] with(int index, int choice) {
        int[] changed = best.clone();
        changed[index] = choice;
        return changed;
    }
}
