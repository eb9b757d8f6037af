package io.variate.engine;

import java.time.Duration;
import java.util.Arrays;

/** Shrinks failing choices: searches for fewer or smaller choices for which the invariant also fails. */
final class Simplification {

    private static final Duration TIME_LIMIT = Duration.ofSeconds(30);

    private final Invariant invariant;
    private final long deadline = System.nanoTime() + TIME_LIMIT.toNanos();
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
            search.removeChoices();
            search.reduceChoices();
        } while (search.best != before && search.hasTime());
        return search.best;
    }

    private void removeChoices() {
        for (int length = best.length / 2; length > 0; length /= 2) {
            for (int end = best.length; end >= length && hasTime(); end -= length) {
                keepIfFailing(without(end - length, end));
            }
        }
    }

    private void reduceChoices() {
        for (int i = 0; i < best.length && hasTime(); i++) {
            if (best[i] > 0 && !keepIfFailing(with(i, 0))) {
                reduceChoices(i, 0);
            }
        }
    }

    private void reduceChoices(int index, int tooSmall) {
        int lower = tooSmall;
        while (best[index] - lower > 1 && hasTime()) {
            int middle = lower + (best[index] - lower) / 2;
            if (!keepIfFailing(with(index, middle))) {
                lower = middle;
            }
        }
    }

    private boolean keepIfFailing(int[] choices) {
        boolean fails = invariant.failure(Choices.of(choices)) != null;
        if (fails) {
            best = choices;
        }
        return fails;
    }

    private boolean hasTime() {
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
