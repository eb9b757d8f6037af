package io.variate.bus;

/**
 * Asks the node that reads the database which cohorts are uploaded; the answer is a {@link CohortHeadsResponse}.
 *
 * @param known the revision that the sender has, or -1
 */
public record CohortHeadsRequest(long known) {
    /** Version of this message and of its answer; a receiver refuses a higher one. */
    static final int VERSION = 1;
}
