package io.variate.assignments.spool;

/**
 * Records that had a sequence number and can be read no more, by cause.
 *
 * @param dropped their segment was removed to make room, or by hand
 * @param damaged their bytes are not what was written
 * @param torn never written to the end, as far as the file can tell: the process or the machine died meanwhile
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
