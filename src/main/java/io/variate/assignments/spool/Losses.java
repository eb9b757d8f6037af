package io.variate.assignments.spool;

/**
 * Records that had a sequence number and are no longer readable, by cause.
 *
 * @param dropped the segment was removed to free space, or by hand
 * @param damaged the bytes differ from those that were written
 * @param torn the write was incomplete, because the process or the machine crashed
 */
public record Losses(long dropped, long damaged, long torn) {
    static final Losses NONE = new Losses(0, 0, 0);

    /** All causes together. */
    public long total() {
        return dropped + damaged + torn;
    }

    Losses plus(Losses other) {
        return new Losses(dropped + other.dropped, damaged + other.damaged, torn + other.torn);
    }
}
