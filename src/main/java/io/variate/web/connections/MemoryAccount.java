package io.variate.web.connections;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Memory that clients can make this node hold, bounded by the sum over all of them: heap and direct memory alike. Bytes
 * are taken from the account before they are allocated.
 *
 * <p>Thread-safe. Sizes are in bytes and count what the bytes of a client grow to, not what was sent.
 */
public final class MemoryAccount {
    private final long limit;
    private final @Nullable MemoryAccount whole;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong leaving = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    /** An account of its own. */
    public MemoryAccount(long limit) {
        this(limit, null);
    }

    private MemoryAccount(long limit, @Nullable MemoryAccount whole) {
        this.limit = limit;
        this.whole = whole;
    }

    /** A part of this account: what is taken from the part counts against both. */
    public MemoryAccount part(long partLimit) {
        return new MemoryAccount(Math.min(partLimit, limit), this);
    }

    /**
     * Takes memory, unless there is too little left.
     *
     * @return whether it was taken; then {@link #giveBack} must be called once with the same number
     */
    public boolean take(long bytes) {
        long now = used.addAndGet(bytes);
        if (now > limit || now + leaving.get() > limit + limit / 2) {
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

    /** Gives back what was taken. */
    public void giveBack(long bytes) {
        used.addAndGet(-bytes);
        if (whole != null) {
            whole.giveBack(bytes);
        }
    }

    /**
     * Gives back what was taken by a connection that is about to end, whose memory is not free yet: others may take it, but
     * no more than half of the account twice.
     */
    void leave(long bytes) {
        leaving.addAndGet(bytes);
        used.addAndGet(-bytes);
        if (whole != null) {
            whole.leave(bytes);
        }
    }

    /** Ends what {@link #leave} began, once the connection is closed. */
    void left(long bytes) {
        leaving.addAndGet(-bytes);
        if (whole != null) {
            whole.left(bytes);
        }
    }

    /** Whether so much is about to be free that ending further connections would not help. */
    boolean isBeingFreed() {
        return leaving.get() > limit / 4;
    }

    /** Reports the account under a name, which is a label. */
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

    /** Whether more than three quarters are taken. */
    boolean isScarce() {
        return used.get() > limit - limit / 4 || (whole != null && whole.isScarce());
    }

    /** Bytes taken now. */
    public long used() {
        return used.get();
    }

    /** Bytes that can be taken at most. */
    public long limit() {
        return limit;
    }
}
