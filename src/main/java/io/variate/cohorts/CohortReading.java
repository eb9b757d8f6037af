package io.variate.cohorts;

import io.variate.store.StoredCohorts;
import org.jspecify.annotations.Nullable;

/**
 * The cohorts that a source has.
 *
 * @param isConfirmed whether the source has just answered for all cohorts: other nodes then accept an older state
 * @param problem why some cohorts may be stale or missing, without secrets; null if the source answered for all
 */
public record CohortReading(
        StoredCohorts cohorts,
        boolean isConfirmed,
        @Nullable String problem) {

    /** A reading of a source that answered for all cohorts. */
    static CohortReading of(StoredCohorts cohorts) {
        return new CohortReading(cohorts, true, null);
    }
}
