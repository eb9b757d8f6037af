package io.variate.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.LogListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Counts those whom the port of Hazelcast refuses, whether or not the log withholds the line.
 *
 * <p>Hazelcast tells of them in warnings alone, so these are what is counted, by the class that warns and how the text
 * begins. Called by threads of Hazelcast.
 */
public final class RefusedJoins implements LogListener {
    private static final String JOINS = "com.hazelcast.internal.cluster.impl.ClusterJoinManager";
    private static final String CONNECTIONS = "com.hazelcast.internal.server.tcp.TcpServerConnection";
    private static final String OTHER_CLUSTER = "Received an invalid join request";
    private static final String OTHER_VERSION = "Joining node's version";

    private final Map<Reason, Counter> counters = new EnumMap<>(Reason.class);

    private enum Reason {
        /** Another name, zone or password. */
        OTHER_CLUSTER,

        /** Another minor version of Hazelcast. */
        OTHER_VERSION,

        /** No message of Hazelcast. */
        UNREADABLE
    }

    private RefusedJoins(MeterRegistry metrics) {
        for (Reason reason : Reason.values()) {
            counters.put(
                    reason,
                    metrics.counter(
                            MetricNames.CLUSTER_REFUSED_JOINS,
                            "reason",
                            reason.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** Counts from now on; those who knock while the node itself still joins are not seen. */
    public static void count(HazelcastInstance hazelcast, MeterRegistry metrics) {
        hazelcast.getLoggingService().addLogListener(Level.WARNING, new RefusedJoins(metrics));
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
