package io.variate.web.connections;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Limits the memory that all clients together can make this node allocate, heap and direct memory alike. Bytes are taken from
 * the account before they are allocated.
 *
 * <p>An account may keep a reserve, which only {@link #takeReserved} takes from: for light connections, so that heavy and new
 * ones cannot block them.
 *
 * <p>Thread-safe. Sizes are in bytes of memory after decoding, not bytes on the wire.
 */
public final class MemoryAccount {
    private final long limit;
    private final long reserve;
    private final @Nullable MemoryAccount whole;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong reclaiming = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    /** An account that is not part of another and has no reserve. */
    public MemoryAccount(long limit) {
        this(limit, 0);
    }

    /**
     * An account that is not part of another.
     *
     * @param reserve the bytes of {@code limit} that only {@link #takeReserved} takes
     */
    public MemoryAccount(long limit, long reserve) {
        this(limit, reserve, null);
    }

    private MemoryAccount(long limit, long reserve, @Nullable MemoryAccount whole) {
        this.limit = limit;
        this.reserve = reserve;
        this.whole = whole;
    }

    /** A part of this account without a reserve: bytes taken from the part count against both limits. */
    public MemoryAccount part(long partLimit) {
        return part(partLimit, 0);
    }

    /** A part of this account with a reserve of its own, which counts against the reserve of this account. */
    public MemoryAccount part(long partLimit, long partReserve) {
        return new MemoryAccount(Math.min(partLimit, limit), partReserve, this);
    }

    /**
     * Takes memory, unless that would exceed the limit without the reserve.
     *
     * @return whether it was taken; the caller must then {@link #release} the same number of bytes once
     */
    public boolean take(long bytes) {
        return take(bytes, false);
    }

    /** As {@link #take}, but takes the reserve as well. */
    public boolean takeReserved(long bytes) {
        return take(bytes, true);
    }

    private boolean take(long bytes, boolean reserved) {
        if (bytes == 0) {
            // Nothing, which is possible even while others hold the reserve.
            return true;
        }
        long kept = reserved ? 0 : reserve;
        long now = used.addAndGet(bytes);
        if (now > limit - kept || now + reclaiming.get() > limit + limit / 2 - kept) {
            used.addAndGet(-bytes);
            refused.increment();
            return false;
        }
        if (whole != null && !whole.take(bytes, reserved)) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Returns memory that was taken. */
    public void release(long bytes) {
        used.addAndGet(-bytes);
        if (whole != null) {
            whole.release(bytes);
        }
    }

    /**
     * Returns memory of a connection that is being aborted. Other connections may take it before it is actually free, up to
     * half of the limit.
     */
    void startReclaim(long bytes) {
        reclaiming.addAndGet(bytes);
        used.addAndGet(-bytes);
        if (whole != null) {
            whole.startReclaim(bytes);
        }
    }

    /** The memory of {@link #startReclaim} is free, because the connection is closed. */
    void finishReclaim(long bytes) {
        reclaiming.addAndGet(-bytes);
        if (whole != null) {
            whole.finishReclaim(bytes);
        }
    }

    /** Whether more than a quarter of the limit will be free soon, so that further evictions would not help. */
    boolean isReclaiming() {
        return reclaiming.get() > limit / 4;
    }

    /** Registers metrics of the account with a name as the value of the label {@code account}. */
    public MemoryAccount observe(String name, MeterRegistry metrics) {
        Gauge.builder(MetricNames.MEMORY_USED, this, MemoryAccount::used)
                .tag("account", name)
                .register(metrics);
        Gauge.builder(MetricNames.MEMORY_LIMIT, this, MemoryAccount::limit)
                .tag("account", name)
                .register(metrics);
        FunctionCounter.builder(MetricNames.MEMORY_REFUSED, this, account -> account.refused.sum())
                .tag("account", name)
                .register(metrics);
        return this;
    }

    /** Whether more than three quarters of the limit are taken. */
    boolean isNearlyFull() {
        return used.get() > limit - limit / 4 || (whole != null && whole.isNearlyFull());
    }

    /** Bytes taken and not returned. */
    public long used() {
        return used.get();
    }

    /** Most bytes that can be taken at a time. */
    public long limit() {
        return limit;
    }
}
