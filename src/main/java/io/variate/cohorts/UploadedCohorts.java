package io.variate.cohorts;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.observability.MetricNames;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The uploaded cohorts of all projects that this node serves: one reference, read by every request. Thread-safe. */
public final class UploadedCohorts {
    private static final long MIXER = 0x9e3779b97f4a7c15L;
    private static final Scope NOTHING = new Scope(Cohorts.NONE, 0);

    private final List<Consumer<Set<String>>> listeners = new CopyOnWriteArrayList<>();
    private volatile State current = new State(Map.of(), Map.of());

    /** All cohorts, and the same cohorts by the key of their project. */
    private record State(Map<CohortId, Cohort> all, Map<String, Scope> byProject) {
        Scope scope(String project) {
            return byProject.getOrDefault(project, NOTHING);
        }
    }

    /** The cohorts of one project. */
    private record Scope(Cohorts cohorts, long fingerprint) {}

    /** Starts without cohorts. */
    public UploadedCohorts(MeterRegistry metrics) {
        Gauge.builder(MetricNames.COHORTS, this, cohorts -> cohorts.all().size())
                .register(metrics);
        Gauge.builder(MetricNames.COHORT_MEMBERS, this, UploadedCohorts::members)
                .register(metrics);
    }

    /** The keys of the projects that have uploaded cohorts; a project need not be in the ruleset. */
    public Set<String> projects() {
        return current.byProject().keySet();
    }

    /**
     * The present uploaded cohorts of a project, which override those of a ruleset document. Copies nothing.
     *
     * @param project key of the project; empty for the unnamed project
     * @param written the cohorts of the same project in the document
     */
    public EffectiveCohorts over(String project, Cohorts written) {
        return new EffectiveCohorts(current.scope(project).cohorts(), written);
    }

    /** The ids of the present uploaded cohorts of a project. Copies nothing. */
    public Set<String> ids(String project) {
        return current.scope(project).cohorts().byId().keySet();
    }

    /** A fingerprint of the cohorts of a project and their versions, equal on all nodes that have the same cohorts. */
    public long fingerprint(String project) {
        return current.scope(project).fingerprint();
    }

    /**
     * Subscribes to changes.
     *
     * @param listener called on any thread after each change with the keys of the projects whose cohorts changed; must be
     *     quick and must not block
     * @return unsubscribes the listener
     */
    public Runnable onChange(Consumer<Set<String>> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** The present uploaded cohorts of all projects. */
    Map<CohortId, Cohort> all() {
        return current.all();
    }

    /** An uploaded cohort, or null. */
    @Nullable
    Cohort find(CohortId id) {
        return current.all().get(id);
    }

    /** Replaces all cohorts. Called by one thread at a time. */
    void set(Map<CohortId, Cohort> cohorts) {
        State before = current;
        State next = new State(Map.copyOf(cohorts), byProject(cohorts));
        current = next;
        Set<String> changed = new HashSet<>(before.byProject().keySet());
        changed.addAll(next.byProject().keySet());
        changed.removeIf(project ->
                before.scope(project).fingerprint() == next.scope(project).fingerprint());
        if (!changed.isEmpty()) {
            Set<String> projects = Set.copyOf(changed);
            listeners.forEach(listener -> listener.accept(projects));
        }
    }

    private static Map<String, Scope> byProject(Map<CohortId, Cohort> all) {
        Map<String, Map<String, Cohort>> cohorts = new HashMap<>();
        Map<String, Long> fingerprints = new HashMap<>();
        all.forEach((id, cohort) -> {
            cohorts.computeIfAbsent(id.project(), project -> new HashMap<>()).put(id.id(), cohort);
            // A sum, because the cohorts have no order.
            fingerprints.merge(id.project(), fingerprintOf(cohort), Long::sum);
        });
        Map<String, Scope> scopes = new HashMap<>();
        cohorts.forEach((project, byId) ->
                scopes.put(project, new Scope(new Cohorts(byId), fingerprints.getOrDefault(project, 0L))));
        return Map.copyOf(scopes);
    }

    private long members() {
        return all().values().stream().mapToLong(Cohort::size).sum();
    }

    private static long fingerprintOf(Cohort cohort) {
        return cohort.id().hashCode() * MIXER ^ cohort.lastModified() * MIXER ^ contentOf(cohort) * MIXER * MIXER;
    }

    /** A restored cohort may have the same time of change, so the file name counts: it has the checksum of the members. */
    private static long contentOf(Cohort cohort) {
        return cohort.body() instanceof OnDisk file
                ? file.json().getFileName().toString().hashCode()
                : 0;
    }
}
