package io.variate.assignments.delivery;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Which records of a partition are delivered. Deliveries complete in any order, but only an offset before which all records
 * are settled can be committed. Confined to one context.
 */
final class PartitionProgress {
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private long records;
    private long bytes;
    private long committable = -1;
    private long committed = -1;

    /** Records that are delivered together. */
    static final class Chunk {
        private final long end;
        private final int records;
        private final long bytes;
        private boolean settled;

        private Chunk(long end, int records, long bytes) {
            this.end = end;
            this.records = records;
            this.bytes = bytes;
        }
    }

    /**
     * Adds records that follow those of earlier calls.
     *
     * @param end offset after the last record
     */
    Chunk add(long end, int count, long size) {
        Chunk chunk = new Chunk(end, count, size);
        chunks.addLast(chunk);
        records += count;
        bytes += size;
        return chunk;
    }

    void settle(Chunk chunk) {
        chunk.settled = true;
        records -= chunk.records;
        bytes -= chunk.bytes;
        while (!chunks.isEmpty() && chunks.element().settled) {
            committable = chunks.remove().end;
        }
    }

    /** Number of records in flight. */
    long records() {
        return records;
    }

    /** Bytes of the records in flight. */
    long bytes() {
        return bytes;
    }

    /** The offset to commit, or -1 if it is committed. */
    long uncommitted() {
        return committable > committed ? committable : -1;
    }

    void committed(long offset) {
        committed = Math.max(committed, offset);
    }
}
