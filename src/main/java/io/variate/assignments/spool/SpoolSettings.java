package io.variate.assignments.spool;

import java.nio.file.Path;

/**
 * How a spool is kept.
 *
 * @param directory its own directory, created when missing
 * @param segmentBytes size of one file, at least {@value #LEAST_SEGMENT}
 * @param maxBytes all segments together, the one prepared ahead included; at least three segments
 * @param overflow what gives way at {@code maxBytes}
 * @param sync what survives a power cut
 */
public record SpoolSettings(Path directory, int segmentBytes, long maxBytes, Overflow overflow, Sync sync) {
    static final int LEAST_SEGMENT = 4096;
    private static final int LEAST_SEGMENTS = 3;

    /** @throws IllegalArgumentException when a size is out of its bounds */
    public SpoolSettings {
        if (segmentBytes < LEAST_SEGMENT || segmentBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException(
                    "segmentBytes must be a multiple of 8, " + LEAST_SEGMENT + " at least: " + segmentBytes);
        }
        if (maxBytes < (long) LEAST_SEGMENTS * segmentBytes) {
            throw new IllegalArgumentException(
                    "maxBytes must hold " + LEAST_SEGMENTS + " segments of " + segmentBytes + ": " + maxBytes);
        }
    }

    /** What gives way when the spool is full. */
    public enum Overflow {
        /** The new record: append answers {@link Append#FULL}, and the caller drops or refuses. */
        NEWEST,

        /** The oldest segment, removed while the newest is being filled; its records count as dropped. */
        OLDEST
    }
}
