package io.variate.assignments;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.bus.LedgerResponse.Forwarded;
import io.variate.observability.MetricNames;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The events that the forwarder of this node has read from Kafka since the process started, and their outcome. Events that
 * are read again, after a restart or a rebalance, count again. Thread-safe; never blocks for longer than an addition.
 */
public final class ForwarderLedger {
    private long received;
    private long delivered;
    private long rejected;

    /** What the metrics report, so that they balance; null to read at each moment. */
    private volatile @Nullable Forwarded snapshot;

    /** Registers the metrics. The registry holds only a weak reference. */
    public ForwarderLedger(MeterRegistry metrics) {
        counter(metrics, MetricNames.FORWARDER_RECEIVED, Forwarded::received);
        counter(metrics, MetricNames.FORWARDER_DELIVERED, Forwarded::delivered);
        counter(metrics, MetricNames.FORWARDER_REJECTED, Forwarded::rejected);
        Gauge.builder(MetricNames.FORWARDER_PENDING, this, own -> own.current().pending())
                .register(metrics);
    }

    private void counter(MeterRegistry metrics, String name, ToDoubleFunction<Forwarded> value) {
        FunctionCounter.builder(name, this, own -> value.applyAsDouble(own.current()))
                .register(metrics);
    }

    /** Takes a snapshot that all metrics report until the next call. */
    public void observe() {
        snapshot = read();
    }

    private Forwarded current() {
        Forwarded taken = snapshot;
        return taken == null ? read() : taken;
    }

    /** Counts events that were read from Kafka; they are pending until they are settled. */
    public synchronized void receive(int events) {
        received += events;
    }

    /** Counts the outcome of received events. */
    public synchronized void settle(int deliveredMore, int rejectedMore) {
        delivered += deliveredMore;
        rejected += rejectedMore;
    }

    /** A consistent snapshot. */
    public synchronized Forwarded read() {
        return new Forwarded(received, delivered, rejected);
    }
}
