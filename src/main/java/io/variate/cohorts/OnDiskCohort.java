package io.variate.cohorts;

import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.store.StoredCohort;

/**
 * A cohort of an earlier run.
 *
 * @param bytes length of the list of members
 * @param checksum CRC-32C of the list of members
 */
record OnDiskCohort(CohortId id, Cohort cohort, OnDisk body, long bytes, long checksum) {

    /** The head that describes this content; its key in a database is not known. */
    StoredCohort head() {
        return new StoredCohort(
                id.text(), cohort.groupType(), cohort.lastModified(), cohort.size(), bytes, checksum, 0);
    }
}
