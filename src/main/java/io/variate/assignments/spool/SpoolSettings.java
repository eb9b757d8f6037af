package io.variate.assignments.spool;

import java.nio.file.Path;

/**
 * The settings of a spool.
 *
 * @param directory a directory for the spool only, created if missing
 * @param segmentBytes size of one file, a multiple of 8, at least {@value #LEAST_SEGMENT}
 * @param maxBytes total size of all segments, including the spare; at least three segments
 * @param overflow what is dropped at {@code maxBytes}
 * @param sync what survives a power failure
 */
public record SpoolSettings(Path directory, int segmentBytes, long maxBytes, Overflow overflow, Sync sync) {
    static final int LEAST_SEGMENT = 4096;
    private static final int LEAST_SEGMENTS = 3;

    /** @throws IllegalArgumentException if a size is out of range */
    public SpoolSettings {
        if (segmentBytes < LEAST_SEGMENT || segmentBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException(
                    "segmentBytes must be a multiple of 8 and at least " + LEAST_SEGMENT + ", was " + segmentBytes);
        }
        if (maxBytes < (long) LEAST_SEGMENTS * segmentBytes) {
            throw new IllegalArgumentException("maxBytes must be at least " + LEAST_SEGMENTS + " segments of "
                    + segmentBytes + " bytes, was " + maxBytes);
        }
    }

    /** What is dropped when the spool is full. */
    public enum Overflow {
        /** The new record: append returns {@link Append#FULL}, and the caller drops or rejects it. */
        NEWEST,

        /** The oldest segment, removed while the newest is being filled. Its records count as dropped. */
        OLDEST
    }
}
