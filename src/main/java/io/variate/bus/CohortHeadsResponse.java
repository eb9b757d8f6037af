package io.variate.bus;

import java.util.List;

/**
 * The uploaded cohorts that a node knows.
 *
 * @param revision revision of the set of cohorts, or -1 if the node has not read any
 * @param fingerprint fingerprint of that revision's content; 0 from a node that does not compare contents
 * @param confirmed whether the node read the database after it received the request, so that the requester must also follow
 *     a lower revision
 * @param heads the cohorts; also empty if the requester already has this content
 */
public record CohortHeadsResponse(long revision, long fingerprint, boolean confirmed, List<Head> heads) {

    public CohortHeadsResponse {
        heads = List.copyOf(heads);
    }

    /**
     * A cohort without its members.
     *
     * @param id that of a named project's cohort includes the project
     * @param lastModified distinguishes it from earlier cohorts with the same id
     * @param size number of members
     * @param bytes size of the member list
     * @param checksum CRC-32C of these bytes
     * @param upload key of the member list in the database
     */
    public record Head(
            String id, String groupType, long lastModified, long size, long bytes, long checksum, long upload) {}
}
