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
 * The connections of one port: how many there are, which one has to go when there are too many, and which one when the
 * account of memory is full. Thread-safe.
 *
 * <p>Both choices look at a random sample, so that they cost the same with ten connections and with ten thousand.
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
     * No connection yet.
     *
     * @param port names the port in metrics: {@code http} or {@code admin}
     * @param accounts which the clients of this port take memory from
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

    /** What looks after the connections of an event loop; to be called on it. */
    LoopWatch watchOf(EventLoop loop) {
        return watches.computeIfAbsent(loop, LoopWatch::new);
    }

    void note(Cutoff cause) {
        Objects.requireNonNull(cutoffs.get(cause)).increment();
    }

    /** Adds a connection, if need be in the place of a less useful one; false if all others are of use. */
    boolean add(ConnectionGuard guard) {
        ConnectionGuard victim = null;
        synchronized (this) {
            if (count == open.length) {
                victim = leastUseful();
                if (victim == null) {
                    note(Cutoff.CONNECTIONS);
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

    /** Those that never asked anything go before those that did and are idle; those with a request stay. */
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
     * Makes room in the account: cuts off the connection that holds most of it and has waited for its client for a while.
     *
     * @return whether there was one
     */
    boolean shed(ConnectionGuard asking) {
        ConnectionGuard heaviest = null;
        long most = 0;
        synchronized (this) {
            // A client that opens connections to hold memory holds it in most of them, so a sample meets one.
            for (int i = 0; i < SAMPLE && count > 0; i++) {
                ConnectionGuard each = open[ThreadLocalRandom.current().nextInt(count)];
                long held = each == asking || !each.keepsUsWaiting() ? 0 : each.held();
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
