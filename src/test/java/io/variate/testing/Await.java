package io.variate.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions with a timeout. */
public final class Await {
    /** Far longer than any awaited condition needs, even on a busy machine. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    private static final long POLL_INTERVAL_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private Await() {}

    /** An awaited condition. */
    @FunctionalInterface
    public interface Condition {

        /** Evaluated by the waiting thread; an exception ends the wait. */
        boolean holds() throws Exception;
    }

    /** Waits up to half a minute for the condition. */
    public static void until(Condition condition) {
        until("the condition holds", DEFAULT_TIMEOUT, condition);
    }

    /**
     * Polls until the condition holds.
     *
     * @return the time that it took
     * @throws AssertionError after the timeout, with the description of the condition
     */
    public static Duration until(String awaited, Duration atMost, Condition condition) {
        long start = System.nanoTime();
        while (!holds(awaited, condition)) {
            if (System.nanoTime() - start > atMost.toNanos()) {
                throw new AssertionError("not within " + atMost + ": " + awaited);
            }
            LockSupport.parkNanos(POLL_INTERVAL_NANOS);
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
