package io.variate.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what must come true in time. */
public final class Await {
    /** Far more than anything takes that a test waits for, on a machine that is busy with other things too. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final long LOOK_EVERY_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private Await() {}

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {

        /** Asked by the thread that waits; an exception ends the waiting. */
        boolean holds() throws Exception;
    }

    /** Looks again and again until the condition holds, for half a minute. */
    public static void until(Condition condition) {
        until("the condition holds", SOON, condition);
    }

    /**
     * Looks again and again until the condition holds.
     *
     * @return how long that took
     * @throws AssertionError naming what was awaited, when the time is over
     */
    public static Duration until(String awaited, Duration atMost, Condition condition) {
        long start = System.nanoTime();
        while (!holds(awaited, condition)) {
            if (System.nanoTime() - start > atMost.toNanos()) {
                throw new AssertionError("not within " + atMost + ": " + awaited);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting: " + awaited);
            }
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static boolean holds(String awaited, Condition condition) {
        try {
            return condition.holds();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("failed while waiting: " + awaited, e);
        }
    }
}
