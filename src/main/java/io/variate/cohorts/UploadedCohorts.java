package io.variate.cohorts;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.observability.MetricNames;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The cohorts that were uploaded, as this node has them: one reference that answers read. Thread-safe. */
public final class UploadedCohorts {
    private static final long MIXER = 0x9e3779b97f4a7c15L;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile State current = new State(Cohorts.NONE, 0);

    private record State(Cohorts cohorts, long fingerprint) {}

    /** Starts without any. */
    public UploadedCohorts(MeterRegistry metrics) {
        Gauge.builder(MetricNames.COHORTS, this, cohorts -> cohorts.get().byId().size())
                .register(metrics);
        Gauge.builder(MetricNames.COHORT_MEMBERS, this, UploadedCohorts::members)
                .register(metrics);
    }

    /** All of this moment. */
    public Cohorts get() {
        return current.cohorts();
    }

    /** Of which cohorts there are and when each was changed: the same on all nodes that have the same ones. */
    public long fingerprint() {
        return current.fingerprint();
    }

    /** All of this moment, over those of a ruleset. */
    public EffectiveCohorts over(Cohorts written) {
        return new EffectiveCohorts(get(), written);
    }

    /**
     * Calls back after each change.
     *
     * @param listener called on any thread; is to be quick, and never to block
     * @return ends it
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

    /** A sum, for there is no order among them. */
    private static long fingerprintOf(Cohorts cohorts) {
        return cohorts.byId().values().stream()
                .mapToLong(cohort -> cohort.id().hashCode() * MIXER
                        ^ cohort.lastModified() * MIXER
                        ^ contentOf(cohort) * MIXER * MIXER)
                .sum();
    }

    /** The file's name holds the checksum of the members: a restored cohort may have been changed at the same moment. */
    private static long contentOf(Cohort cohort) {
        return cohort.body() instanceof OnDisk file
                ? file.json().getFileName().toString().hashCode()
                : 0;
    }
}
