package io.variate.cohorts;

import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Cohorts of one origin, by id. Immutable.
 *
 * @param byId each under its own id
 */
public record Cohorts(Map<String, Cohort> byId) {
    /** No cohort at all. */
    public static final Cohorts NONE = new Cohorts(Map.of());

    public Cohorts {
        byId = Map.copyOf(byId);
    }

    /** Cohorts of different ids. */
    public static Cohorts of(Collection<Cohort> cohorts) {
        return new Cohorts(cohorts.stream().collect(Collectors.toMap(Cohort::id, Function.identity())));
    }

    /** The cohort of an id, or null if there is none. */
    public @Nullable Cohort find(String id) {
        return byId.get(id);
    }

    @Override
    public String toString() {
        return "Cohorts[" + byId.size() + "]";
    }
}
