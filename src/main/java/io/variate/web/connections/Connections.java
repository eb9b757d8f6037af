package io.variate.web.connections;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.variate.observability.MetricNames;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of one port. Evicts the least useful connection when there are too many, and the one that holds most
 * memory when the account is full. Thread-safe.
 *
 * <p>Both choices examine a random sample, so that their cost does not depend on the number of connections.
 */
public final class Connections {
    private static final int SAMPLE = 64;

    private final ConnectionLimits limits;
    private final Accounts accounts;
    private final Map<Cutoff, Counter> cutoffs;
    private final Map<EventLoop, LoopWatch> watches = new ConcurrentHashMap<>();
    private final ConnectionGuard[] open;
    private int count;

    /**
     * Starts without connections.
     *
     * @param port value of the label {@code port} in metrics: {@code http}, {@code admin} or {@code metrics}
     * @param accounts the memory accounts of the clients of this port
     */
    public Connections(String port, ConnectionLimits limits, Accounts accounts, MeterRegistry metrics) {
        this.limits = limits;
        this.accounts = accounts;
        this.open = new ConnectionGuard[limits.connections()];
        this.cutoffs = Stream.of(Cutoff.values())
                .collect(Collectors.toMap(
                        cause -> cause,
                        cause -> metrics.counter(MetricNames.CONNECTIONS_CUT, "port", port, "cause", cause.label())));
        Gauge.builder(MetricNames.CONNECTIONS_OPEN, this, Connections::count)
                .tag("port", port)
                .register(metrics);
    }

    ConnectionLimits limits() {
        return limits;
    }

    Accounts accounts() {
        return accounts;
    }

    synchronized int count() {
        return count;
    }

    /** The watch for the connections of an event loop; call it on that loop. */
    LoopWatch watchOf(EventLoop loop) {
        return watches.computeIfAbsent(loop, LoopWatch::new);
    }

    void countCutoff(Cutoff cause) {
        Objects.requireNonNull(cutoffs.get(cause)).increment();
    }

    /** Adds a connection and, at the limit, evicts a less useful one; returns false if no other may be evicted. */
    boolean add(ConnectionGuard guard) {
        ConnectionGuard victim = null;
        synchronized (this) {
            if (count == open.length) {
                victim = leastUseful();
                if (victim == null) {
                    countCutoff(Cutoff.CONNECTIONS);
                    return false;
                }
                drop(victim);
            }
            guard.slot = count;
            open[count++] = guard;
        }
        if (victim != null) {
            victim.cut(Cutoff.CONNECTIONS);
        }
        return true;
    }

    synchronized void remove(ConnectionGuard guard) {
        drop(guard);
    }

    private void drop(ConnectionGuard guard) {
        int slot = guard.slot;
        if (slot >= 0) {
            guard.slot = -1;
            ConnectionGuard last = open[--count];
            open[count] = null;
            if (last != guard) {
                open[slot] = last;
                last.slot = slot;
            }
        }
    }

    /** Connections without a successful request go first, then idle ones; null if all sampled ones have requests. */
    private @Nullable ConnectionGuard leastUseful() {
        ConnectionGuard least = null;
        int lowest = Integer.MAX_VALUE;
        for (int i = 0; i < SAMPLE && count > 0; i++) {
            ConnectionGuard each = open[ThreadLocalRandom.current().nextInt(count)];
            int usefulness = each.usefulness();
            if (usefulness < lowest) {
                lowest = usefulness;
                least = each;
            }
        }
        return lowest == Integer.MAX_VALUE ? null : least;
    }

    /**
     * Frees memory of the account: aborts the stalled connection that holds most.
     *
     * @param requesting the connection that needs memory, which is spared
     * @return whether there was such a connection
     */
    boolean evictHeaviest(ConnectionGuard requesting) {
        ConnectionGuard heaviest = null;
        long most = 0;
        synchronized (this) {
            // A client that opens connections to occupy memory does so in most of them, so the sample contains one.
            for (int i = 0; i < SAMPLE && count > 0; i++) {
                ConnectionGuard each = open[ThreadLocalRandom.current().nextInt(count)];
                long held = each == requesting || !each.isStalled() ? 0 : each.held();
                if (held > most) {
                    most = held;
                    heaviest = each;
                }
            }
        }
        if (heaviest == null) {
            return false;
        }
        heaviest.cut(Cutoff.HEAVIEST);
        return true;
    }
}
