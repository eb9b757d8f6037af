package io.variate.cohorts;

import org.jspecify.annotations.Nullable;

/**
 * Whether this node serves the uploaded cohorts of its cluster, as of its last check.
 *
 * @param state {@code up}; {@code down} if the check failed or a cohort could not be fetched; {@code unknown} before the
 *     first check; {@code none} if no node reads a source
 * @param reason why the state is {@code down}, otherwise null
 */
public record CohortStatus(String state, @Nullable String reason) {
    static final CohortStatus UNKNOWN = new CohortStatus("unknown", null);
    static final CohortStatus UP = new CohortStatus("up", null);
    static final CohortStatus NONE = new CohortStatus("none", null);

    /** @param problem null if there is none */
    static CohortStatus of(@Nullable String problem) {
        return problem == null ? UP : down(problem);
    }

    static CohortStatus down(String reason) {
        return new CohortStatus("down", reason);
    }
}
