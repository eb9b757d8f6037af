package io.variate.store;

/**
 * An uploaded cohort without its members. Nodes compare {@link StoredCohorts#fingerprint}, which covers the text form of
 * this record: do not rename it or its components.
 *
 * @param id unique; the id of a named project's cohort includes the project
 * @param groupType type of the members
 * @param lastModified the revision that created this version, in milliseconds since 1970
 * @param size number of members
 * @param bytes length of the list of members
 * @param checksum CRC-32C of the list of members
 * @param upload key of the list of members in the database
 */
public record StoredCohort(
        String id, String groupType, long lastModified, long size, long bytes, long checksum, long upload) {}
