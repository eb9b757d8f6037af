package io.variate.assignments.spool;

import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a spool: {@code next == settled + records + unsettled losses}.
 *
 * @param next sequence number of the next record, which is the number of records in the lifetime of the spool
 * @param settled first unsettled sequence number; all earlier records are delivered or counted as lost
 * @param records number of unsettled records, including those in flight
 * @param bytes size of the unsettled records in the files
 * @param oldest time of the oldest unsettled record, milliseconds since 1970 UTC; 0 if there is none or it is unreadable
 * @param losses losses in the lifetime of the spool
 * @param fileBytes disk usage of the segments
 * @param obstacle why appends fail; null while they succeed
 * @param failure the last file error without a later success; null without one
 */
public record SpoolStatus(
        long next,
        long settled,
        long records,
        long bytes,
        long oldest,
        Losses losses,
        long fileBytes,
        @Nullable Append obstacle,
        @Nullable String failure) {}
