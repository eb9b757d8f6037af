package io.variate.assignments;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What became of every evaluation of this node: evaluated = untracked + delivered + buffered + lost.
 *
 * <p>Thread-safe. Kept in memory: it begins at zero with the process.
 */
final class AssignmentLedger {
    private final MeterRegistry metrics;
    private final Counter evaluated;
    private final Counter untracked;
    private final Counter delivered;
    private final AtomicInteger buffered = new AtomicInteger();

    AssignmentLedger(MeterRegistry metrics) {
        this.metrics = metrics;
        this.evaluated = metrics.counter(MetricNames.ASSIGNMENTS_EVALUATED);
        this.untracked = metrics.counter(MetricNames.ASSIGNMENTS_UNTRACKED);
        this.delivered = metrics.counter(MetricNames.ASSIGNMENTS_DELIVERED);
        Gauge.builder(MetricNames.ASSIGNMENTS_BUFFERED, buffered, AtomicInteger::get)
                .register(metrics);
        for (Loss cause : Loss.values()) {
            lostCounter(cause);
        }
    }

    /** Why an event is gone. */
    enum Loss {
        /** Kafka was away for so long that the buffer filled. */
        BUFFER_FULL("buffer-full"),
        /** Kafka refused this very event, as too large for instance. */
        REFUSED("refused"),
        /** The node stopped with Kafka away. */
        SHUTDOWN("shutdown");

        private final String label;

        Loss(String label) {
            this.label = label;
        }
    }

    void untracked() {
        evaluated.increment();
        untracked.increment();
    }

    void buffered() {
        evaluated.increment();
        buffered.incrementAndGet();
    }

    void lostBeforeBuffer() {
        evaluated.increment();
        lostCounter(Loss.BUFFER_FULL).increment();
    }

    void delivered(int events) {
        buffered.addAndGet(-events);
        delivered.increment(events);
    }

    void lost(int events, Loss cause) {
        buffered.addAndGet(-events);
        lostCounter(cause).increment(events);
    }

    private Counter lostCounter(Loss cause) {
        return metrics.counter(MetricNames.ASSIGNMENTS_LOST, "cause", cause.label);
    }
}
