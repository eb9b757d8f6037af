package io.variate.bus;

/**
 * Requests the list of uploaded cohorts from the leader, which reads the database; the reply is a {@link
 * CohortHeadsResponse}.
 *
 * @param known the last revision that the sender has completely, or -1
 * @param latest the last revision that the sender has seen, complete or not; -1 if none
 * @param fingerprint fingerprint of that revision's content: a restored database may have other content under the same or a
 *     lower revision. 0 from a sender that does not compare contents
 */
public record CohortHeadsRequest(long known, long latest, long fingerprint) {
    /** Version of this message and of its reply; a receiver rejects a higher one. */
    public static final int VERSION = 1;
}
