package io.variate.cohorts;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.observability.MetricNames;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The uploaded cohorts that this node serves: one reference, read by every request. Thread-safe. */
public final class UploadedCohorts {
    private static final long MIXER = 0x9e3779b97f4a7c15L;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile State current = new State(Cohorts.NONE, 0);

    private record State(Cohorts cohorts, long fingerprint) {}

    /** Starts without cohorts. */
    public UploadedCohorts(MeterRegistry metrics) {
        Gauge.builder(MetricNames.COHORTS, this, cohorts -> cohorts.get().byId().size())
                .register(metrics);
        Gauge.builder(MetricNames.COHORT_MEMBERS, this, UploadedCohorts::members)
                .register(metrics);
    }

    /** The present uploaded cohorts. */
    public Cohorts get() {
        return current.cohorts();
    }

    /** A fingerprint of the cohorts and their versions, equal on all nodes that have the same cohorts. */
    public long fingerprint() {
        return current.fingerprint();
    }

    /** The present uploaded cohorts, which override those of a ruleset document. */
    public EffectiveCohorts over(Cohorts written) {
        return new EffectiveCohorts(get(), written);
    }

    /**
     * Subscribes to changes.
     *
     * @param listener called on any thread after each change; must be quick and must not block
     * @return unsubscribes the listener
     */
    public Runnable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void set(Cohorts cohorts) {
        long before = fingerprint();
        current = new State(cohorts, fingerprintOf(cohorts));
        if (fingerprint() != before) {
            listeners.forEach(Runnable::run);
        }
    }

    private long members() {
        return get().byId().values().stream().mapToLong(Cohort::size).sum();
    }

    /** A sum, because the cohorts have no order. */
    private static long fingerprintOf(Cohorts cohorts) {
        return cohorts.byId().values().stream()
                .mapToLong(cohort -> cohort.id().hashCode() * MIXER
                        ^ cohort.lastModified() * MIXER
                        ^ contentOf(cohort) * MIXER * MIXER)
                .sum();
    }

    /** A restored cohort may have the same time of change, so the file name counts: it has the checksum of the members. */
    private static long contentOf(Cohort cohort) {
        return cohort.body() instanceof OnDisk file
                ? file.json().getFileName().toString().hashCode()
                : 0;
    }
}
