package io.variate.assignments;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.assignments.AssignmentLog.Lag;
import io.variate.assignments.AssignmentLog.Standing;
import io.variate.assignments.Ledger.Loss;
import io.variate.observability.MetricNames;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The metrics of an assignment log. Thread-safe. The registry holds only a weak reference: the log keeps its metrics. */
final class AssignmentMetrics {
    private final Supplier<Standing> standing;

    /** The snapshot that the metrics report; null to take one at each read. */
    private volatile @Nullable Standing snapshot;

    /** Registers the metrics. */
    AssignmentMetrics(Supplier<Standing> standing, MeterRegistry metrics) {
        this.standing = standing;
        registerCounter(metrics, MetricNames.ASSIGNMENTS_EVALUATED, Ledger::evaluated);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_EXPOSURES, Ledger::exposures);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_RECEIVED, Ledger::received);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_UNTRACKED, Ledger::untracked);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_DEDUPLICATED, Ledger::deduplicated);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_DELIVERED, Ledger::delivered);
        for (Loss loss : Loss.values()) {
            FunctionCounter.builder(MetricNames.ASSIGNMENTS_LOST, this, own -> own.current()
                            .ledger()
                            .lost(loss))
                    .tag("cause", loss.label())
                    .register(metrics);
        }
        registerGauge(metrics, MetricNames.ASSIGNMENTS_SPOOLED, Lag::records);
        registerGauge(metrics, MetricNames.ASSIGNMENTS_SPOOLED_BYTES, Lag::bytes);
        registerGauge(metrics, MetricNames.ASSIGNMENTS_LAG, lag -> lag.age().toMillis() / 1000.0);
    }

    private void registerCounter(MeterRegistry metrics, String name, ToDoubleFunction<Ledger> value) {
        FunctionCounter.builder(
                        name, this, own -> value.applyAsDouble(own.current().ledger()))
                .register(metrics);
    }

    private void registerGauge(MeterRegistry metrics, String name, ToDoubleFunction<Lag> value) {
        Gauge.builder(name, this, own -> value.applyAsDouble(own.current().lag()))
                .register(metrics);
    }

    /** Takes the snapshot that all metrics report until the next call. */
    void takeSnapshot() {
        snapshot = standing.get();
    }

    private Standing current() {
        Standing taken = snapshot;
        return taken == null ? standing.get() : taken;
    }
}
