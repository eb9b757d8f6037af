package io.variate.bus;

/**
 * Asks the node that reads the database which cohorts are uploaded; the answer is a {@link CohortHeadsResponse}.
 *
 * @param known the revision that the sender has as a whole, or -1
 * @param latest the revision that the sender has seen last, as a whole or not; -1 if none
 * @param fingerprint of that revision's content, for a database that was restored may have another under the same or a
 *     lower revision; 0 from a sender that does not compare contents
 */
public record CohortHeadsRequest(long known, long latest, long fingerprint) {
    /** Version of this message and of its answer; a receiver refuses a higher one. */
    public static final int VERSION = 1;
}
