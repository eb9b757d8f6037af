package io.variate.assignments.spool;

import org.jspecify.annotations.Nullable;

/**
 * A spool at one moment: {@code next == settled + records + the losses that are not settled yet}.
 *
 * @param next sequence number of the next record, and so how many there were in the life of the spool
 * @param settled sequence number before which all is delivered or counted as lost
 * @param records how many wait, those under way to the reader's end included
 * @param bytes of these in the files
 * @param oldest time of the oldest of these, milliseconds since 1970 UTC; 0 if there is none, or it cannot be told
 * @param losses in the life of the spool
 * @param fileBytes what the segments take of the disk
 * @param obstacle why records find no place; null as long as they do
 * @param failure what went wrong with files last and has not gone well since
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
