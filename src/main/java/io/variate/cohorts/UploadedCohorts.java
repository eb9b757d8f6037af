package io.variate.cohorts;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;

/** The cohorts that were uploaded, as this node has them: one reference that answers read. Thread-safe. */
public final class UploadedCohorts {
    private volatile Cohorts current = Cohorts.NONE;

    /** Starts without any. */
    public UploadedCohorts(MeterRegistry metrics) {
        Gauge.builder(MetricNames.COHORTS, this, cohorts -> cohorts.get().byId().size())
                .register(metrics);
        Gauge.builder(MetricNames.COHORT_MEMBERS, this, UploadedCohorts::members)
                .register(metrics);
    }

    /** All of this moment. */
    public Cohorts get() {
        return current;
    }

    /** All of this moment, over those of a ruleset. */
    public EffectiveCohorts over(Cohorts written) {
        return new EffectiveCohorts(current, written);
    }

    void set(Cohorts cohorts) {
        current = cohorts;
    }

    private long members() {
        return current.byId().values().stream().mapToLong(Cohort::size).sum();
    }
}
