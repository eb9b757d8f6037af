package io.variate.observability;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Permits one log line a minute of each kind, and of a bounded number of kinds, because retries never end. Confined to one
 * thread or context.
 */
public final class OncePerMinute {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_KINDS = 100;

    private final LongSupplier nanoTime;

    /** When each kind of the last minute was permitted. */
    private final Map<String, Long> permitted = new HashMap<>();

    /**
     * Permits the first line of each kind.
     *
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    public OncePerMinute(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether to write a line now; the caller then writes it. */
    public boolean permits(String kind) {
        long now = nanoTime.getAsLong();
        permitted.values().removeIf(last -> now - last >= MINUTE);
        return permitted.size() < MOST_KINDS && permitted.putIfAbsent(kind, now) == null;
    }
}
