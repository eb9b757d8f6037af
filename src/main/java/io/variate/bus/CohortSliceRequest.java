package io.variate.bus;

/**
 * Asks a node for a part of the members of a cohort; the answer is a {@link CohortSlice}, or a failure if the node does
 * not have just that cohort.
 *
 * @param id of the cohort
 * @param lastModified tells it from earlier ones of the same id
 * @param offset of the first byte, in the list of its members
 * @param length how many bytes
 */
public record CohortSliceRequest(String id, long lastModified, long offset, int length) {
    /** Version of this message and of its answer; a receiver refuses a higher one. */
    public static final int VERSION = 1;
}
