package io.variate.cohorts;

import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Cohorts of one project and one origin. Immutable.
 *
 * @param byId cohorts by id
 */
public record Cohorts(Map<String, Cohort> byId) {
    /** No cohorts. */
    public static final Cohorts NONE = new Cohorts(Map.of());

    public Cohorts {
        byId = Map.copyOf(byId);
    }

    /** Cohorts with distinct ids. */
    public static Cohorts of(Collection<Cohort> cohorts) {
        return new Cohorts(cohorts.stream().collect(Collectors.toMap(Cohort::id, Function.identity())));
    }

    /** The cohort with this id, or null. */
    public @Nullable Cohort find(String id) {
        return byId.get(id);
    }

    @Override
    public String toString() {
        return "Cohorts[" + byId.size() + "]";
    }
}
