package io.variate.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Polls on the calling thread until a condition holds. A timeout is an {@link AssertionError} that names the condition
 * and, with {@link #value}, the last value seen. An exception of the condition ends the wait and is the cause of the error.
 */
public final class Await {
    /** Far longer than any awaited step needs, even on a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private Await() {}

    /** The condition to wait for. */
    @FunctionalInterface
    public interface Condition {

        boolean holds() throws Exception;
    }

    /**
     * The value to wait for.
     *
     * @param <T> its type
     */
    @FunctionalInterface
    public interface Value<T> {

        @Nullable
        T read() throws Exception;
    }

    /** Waits up to 30 s for a condition. */
    public static void until(String awaited, Condition condition) {
        until(awaited, SOON, condition);
    }

    /**
     * Waits for a condition.
     *
     * @param awaited the condition in words, for the error
     * @return the time until it held
     */
    public static Duration until(String awaited, Duration atMost, Condition condition) {
        return poll(awaited, atMost, condition::holds, holds -> holds, false);
    }

    /** Waits up to 30 s until a value is accepted. */
    public static <T> void value(String awaited, Value<? extends T> value, Predicate<? super T> accepted) {
        value(awaited, SOON, value, accepted);
    }

    /**
     * Waits until a value is accepted.
     *
     * @param awaited the condition in words, for the error, which adds the last value
     * @return the time until it was accepted
     */
    public static <T> Duration value(
            String awaited, Duration atMost, Value<? extends T> value, Predicate<? super T> accepted) {
        return poll(awaited, atMost, value, accepted, true);
    }

    private static <T> Duration poll(
            String awaited,
            Duration atMost,
            Value<? extends T> value,
            Predicate<? super T> accepted,
            boolean showsValue) {
        long start = System.nanoTime();
        while (true) {
            @Nullable T seen = read(awaited, value);
            long elapsed = System.nanoTime() - start;
            if (accepted.test(seen)) {
                return Duration.ofNanos(elapsed);
            }
            if (elapsed > atMost.toNanos()) {
                throw new AssertionError("not within " + atMost + ": " + awaited + last(seen, showsValue));
            }
            LockSupport.parkNanos(POLL_NANOS);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while awaiting: " + awaited + last(seen, showsValue));
            }
        }
    }

    private static String last(@Nullable Object seen, boolean showsValue) {
        return showsValue ? "; last seen: " + seen : "";
    }

    private static <T> @Nullable T read(String awaited, Value<? extends T> value) {
        try {
            return value.read();
        } catch (Exception e) {
            throw new AssertionError("failed while awaiting: " + awaited, e);
        }
    }
}
