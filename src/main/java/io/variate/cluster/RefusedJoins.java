package io.variate.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.LogListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Counts peers that the port of Hazelcast refuses, whether or not the log withholds the line. Thread-safe.
 *
 * <p>What {@link MemberGate} refuses is counted there. Hazelcast itself reports refusals in warnings alone, so these are
 * what is counted, by the class that warns and how the text begins.
 */
public final class RefusedJoins implements LogListener {
    private static final String JOINS = "com.hazelcast.internal.cluster.impl.ClusterJoinManager";
    private static final String CONNECTIONS = "com.hazelcast.internal.server.tcp.TcpServerConnection";
    private static final String OTHER_CLUSTER = "Received an invalid join request";
    private static final String OTHER_VERSION = "Joining node's version";

    private static final org.slf4j.Logger log = LoggerFactory.getLogger(RefusedJoins.class);
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Reason, Counter> counters = new EnumMap<>(Reason.class);
    private final Map<Reason, Line> lines = new EnumMap<>(Reason.class);

    /** Why a peer is refused. */
    enum Reason {
        /** Another name, zone or password. */
        OTHER_CLUSTER,

        /** Another minor version of Hazelcast. */
        OTHER_VERSION,

        /** No message of Hazelcast, or none that a peer may send before it is known. */
        UNREADABLE,

        /** Nothing in time that says who it is, or too many such peers at a time. */
        UNIDENTIFIED
    }

    /** When a refusal was logged last, and how many were not since. */
    private static final class Line {
        private long last = System.nanoTime() - AGAIN_NANOS;
        private long withheld;
    }

    /** Counts in a registry. */
    public RefusedJoins(MeterRegistry metrics) {
        for (Reason reason : Reason.values()) {
            counters.put(
                    reason,
                    metrics.counter(
                            MetricNames.CLUSTER_REFUSED_JOINS,
                            "reason",
                            reason.name().toLowerCase(Locale.ROOT)));
            lines.put(reason, new Line());
        }
    }

    /** Counts a refusal, and logs it unless one for the same reason was logged in the last minute. */
    void count(Reason reason, String why, @Nullable SocketAddress peer) {
        Objects.requireNonNull(counters.get(reason)).increment();
        Line line = Objects.requireNonNull(lines.get(reason));
        long withheld;
        synchronized (line) {
            long now = System.nanoTime();
            if (now - line.last < AGAIN_NANOS) {
                line.withheld++;
                return;
            }
            line.last = now;
            withheld = line.withheld;
            line.withheld = 0;
        }
        log.warn("cluster port refused a peer: {} peer={} withheld={}", why, peer, withheld);
    }

    /** Counts what Hazelcast reports from now on; refusals of its own while the node still joins are not seen. */
    void follow(HazelcastInstance hazelcast) {
        hazelcast.getLoggingService().addLogListener(Level.WARNING, this);
    }

    @Override
    public void log(LogEvent event) {
        Reason reason = reason(event.getLogRecord());
        Counter counter = reason == null ? null : counters.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    private static @Nullable Reason reason(LogRecord warning) {
        String text = String.valueOf(warning.getMessage());
        Throwable cause = warning.getThrown();
        if (JOINS.equals(warning.getLoggerName())) {
            if (text.startsWith(OTHER_VERSION)) {
                return Reason.OTHER_VERSION;
            }
            return text.startsWith(OTHER_CLUSTER) ? Reason.OTHER_CLUSTER : null;
        }
        // A connection that breaks is no stranger's: members go too.
        return CONNECTIONS.equals(warning.getLoggerName()) && cause != null && !(cause instanceof IOException)
                ? Reason.UNREADABLE
                : null;
    }
}
