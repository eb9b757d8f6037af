package io.variate.store;

import java.util.List;

/**
 * All cohorts that are uploaded.
 *
 * @param revision grows with every change; 0 before the first
 * @param cohorts in order of their ids
 */
public record StoredCohorts(long revision, List<StoredCohort> cohorts) {

    public StoredCohorts {
        cohorts = List.copyOf(cohorts);
    }
}
