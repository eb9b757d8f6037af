package io.variate.bus;

/**
 * Requests a slice of the member list of a cohort. The reply is a {@link CohortSlice}, or a failure if the node does not have
 * this version of the cohort.
 *
 * @param id id of the cohort; that of a named project's cohort includes the project
 * @param lastModified distinguishes it from earlier cohorts with the same id
 * @param offset of the first byte in the member list
 * @param length number of bytes
 */
public record CohortSliceRequest(String id, long lastModified, long offset, int length) {
    /** Version of this message and of its reply; a receiver rejects a higher one. */
    public static final int VERSION = 1;
}
