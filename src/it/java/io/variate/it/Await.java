package io.variate.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what must come true in time. */
final class Await {
    private static final long LOOK_EVERY_MILLIS = 2;

    private Await() {}

    /**
     * Looks again and again until the condition holds.
     *
     * @return how long that took
     * @throws AssertionError naming what was awaited, when the time is over
     */
    static Duration until(String awaited, Duration atMost, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > atMost.toNanos()) {
                throw new AssertionError("not within " + atMost + ": " + awaited);
            }
            try {
                Thread.sleep(LOOK_EVERY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting: " + awaited, e);
            }
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
