package io.variate.store;

/**
 * A cohort that was uploaded, without its members.
 *
 * @param id unique
 * @param groupType type of what its members are
 * @param lastModified the revision that brought it, in milliseconds since 1970
 * @param size how many members it has
 * @param bytes how many bytes the list of its members takes
 * @param checksum CRC-32C of these bytes
 * @param upload what the list is found by
 */
public record StoredCohort(
        String id, String groupType, long lastModified, long size, long bytes, long checksum, long upload) {}
