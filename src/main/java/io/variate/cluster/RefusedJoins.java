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
 * Counts peers that the Hazelcast port rejects, even if their log line is suppressed. Thread-safe.
 *
 * <p>{@link MemberGate} reports its own rejections. Hazelcast only logs warnings for its rejections, so this class listens to
 * its log, and recognizes a rejection by its logger and the start of its text.
 */
public final class RefusedJoins implements LogListener {
    private static final String JOINS = "com.hazelcast.internal.cluster.impl.ClusterJoinManager";
    private static final String CONNECTIONS = "com.hazelcast.internal.server.tcp.TcpServerConnection";
    private static final String OTHER_CLUSTER = "Received an invalid join request";
    private static final String OTHER_VERSION = "Joining node's version";

    private static final org.slf4j.Logger log = LoggerFactory.getLogger(RefusedJoins.class);
    private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Reason, Counter> counters = new EnumMap<>(Reason.class);
    private final Map<Reason, LogState> states = new EnumMap<>(Reason.class);

    /** Why a peer is rejected. */
    enum Reason {
        /** The peer has another cluster name, zone or password. */
        OTHER_CLUSTER,

        /** The peer has another minor version of Hazelcast. */
        OTHER_VERSION,

        /** The peer sent no valid message, or one that requires authentication. */
        UNREADABLE,

        /** The peer did not authenticate in time, or there were too many unauthenticated peers. */
        UNIDENTIFIED
    }

    /** When a reason was logged last, and how many rejections were suppressed since. */
    private static final class LogState {
        private long last = System.nanoTime() - REPEAT_NANOS;
        private long suppressed;
    }

    /** Registers a counter for each reason. */
    public RefusedJoins(MeterRegistry metrics) {
        for (Reason reason : Reason.values()) {
            counters.put(
                    reason,
                    metrics.counter(
                            MetricNames.CLUSTER_REFUSED_JOINS,
                            "reason",
                            reason.name().toLowerCase(Locale.ROOT)));
            states.put(reason, new LogState());
        }
    }

    /** Counts a rejection, and logs it unless the same reason was logged within the last minute. */
    void count(Reason reason, String detail, @Nullable SocketAddress peer) {
        Objects.requireNonNull(counters.get(reason)).increment();
        LogState state = Objects.requireNonNull(states.get(reason));
        long suppressed;
        synchronized (state) {
            long now = System.nanoTime();
            if (now - state.last < REPEAT_NANOS) {
                state.suppressed++;
                return;
            }
            state.last = now;
            suppressed = state.suppressed;
            state.suppressed = 0;
        }
        log.warn("cluster port rejected a peer: {} peer={} suppressed={}", detail, peer, suppressed);
    }

    /** Starts to count rejections by Hazelcast. Misses those that occur while this node joins. */
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
        // Not an IOException: connections of members break, too.
        return CONNECTIONS.equals(warning.getLoggerName()) && cause != null && !(cause instanceof IOException)
                ? Reason.UNREADABLE
                : null;
    }
}
