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
 * <p>Thread-safe. Sizes are in bytes of memory after decoding, not bytes on the wire.
 */
public final class MemoryAccount {
    private final long limit;
    private final @Nullable MemoryAccount whole;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong reclaiming = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    /** An account that is not part of another. */
    public MemoryAccount(long limit) {
        this(limit, null);
    }

    private MemoryAccount(long limit, @Nullable MemoryAccount whole) {
        this.limit = limit;
        this.whole = whole;
    }

    /** A part of this account: bytes taken from the part count against both limits. */
    public MemoryAccount part(long partLimit) {
        return new MemoryAccount(Math.min(partLimit, limit), this);
    }

    /**
     * Takes memory, unless that would exceed the limit.
     *
     * @return whether it was taken; the caller must then {@link #release} the same number of bytes once
     */
    public boolean take(long bytes) {
        long now = used.addAndGet(bytes);
        if (now > limit || now + reclaiming.get() > limit + limit / 2) {
            used.addAndGet(-bytes);
            refused.increment();
            return false;
        }
        if (whole != null && !whole.take(bytes)) {
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
