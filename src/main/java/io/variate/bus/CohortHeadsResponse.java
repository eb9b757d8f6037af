package io.variate.bus;

import java.util.List;

/**
 * Which cohorts are uploaded, as far as the node that was asked has them.
 *
 * @param revision of all of them together, or -1 if the node has not read any
 * @param fingerprint of the content of that revision; 0 from a node that does not compare contents
 * @param confirmed whether the database was read after the question came, so that a lower revision is to be followed too
 * @param heads empty too if the sender has that content
 */
public record CohortHeadsResponse(long revision, long fingerprint, boolean confirmed, List<Head> heads) {

    public CohortHeadsResponse {
        heads = List.copyOf(heads);
    }

    /**
     * A cohort without its members.
     *
     * @param lastModified tells it from earlier ones of the same id
     * @param size how many members it has
     * @param bytes how many bytes the list of its members takes
     * @param checksum CRC-32C of these bytes
     * @param upload what the list is found by in the database
     */
    public record Head(
            String id, String groupType, long lastModified, long size, long bytes, long checksum, long upload) {}
}
