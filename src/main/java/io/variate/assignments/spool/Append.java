package io.variate.assignments.spool;

/** The outcome of an append. */
public enum Append {
    /** In the log: survives a crash of the process, and a power failure as {@link Sync} defines. */
    APPENDED,

    /**
     * In the log, but the disk did not confirm it as {@link Sync.Always} requires. Survives a crash of the process.
     */
    UNFORCED,

    /** Not in the log: the spool has reached {@link SpoolSettings#maxBytes}. */
    FULL,

    /** Not in the log: the segment is full and the next one is not prepared yet. Appends never wait for it. */
    NOT_READY,

    /** Not in the log: the next segment cannot be created, see {@link SpoolStatus#failure()}. The spool keeps trying. */
    FAILED,

    /** Not in the log: it is larger than a segment. */
    TOO_LARGE,

    /**
     * Not in the log, but the write failed after the record got a sequence number, so the spool itself counts it as
     * {@link Losses#torn()}. The disk failed, or the file was truncated.
     */
    TORN,

    /** Not in the log: the spool is closed. */
    CLOSED;

    /** Whether the record has a sequence number, so that the spool itself counts it. */
    public boolean isNumbered() {
        return this == APPENDED || this == UNFORCED || this == TORN;
    }
}
