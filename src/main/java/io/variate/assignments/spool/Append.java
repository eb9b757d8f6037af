package io.variate.assignments.spool;

/** What became of one append. */
public enum Append {
    /** In the log: it survives the death of the process, and a power cut as far as {@link Sync} says. */
    APPENDED,

    /**
     * In the log as far as the process can tell, but the disk did not confirm it, as {@link Sync.Always} demands. It
     * survives the death of the process.
     */
    UNFORCED,

    /** Not in the log: the spool has all the bytes it may have. */
    FULL,

    /** Not in the log: the segment is full and the next one is still being prepared. No caller waits for that. */
    NOT_READY,

    /** Not in the log: no further segment can be made, see {@link SpoolStatus#failure()}. The spool goes on trying. */
    FAILED,

    /** Not in the log: it is larger than a segment. */
    TOO_LARGE,

    /**
     * Not in the log, but it had a sequence number when writing it failed, so the spool itself counts it as
     * {@link Losses#torn()}. The disk broke, or somebody cut the file.
     */
    TORN,

    /** Not in the log: the spool is closed. */
    CLOSED;

    /** Whether the record has a sequence number, so that the spool itself accounts for it from now on. */
    public boolean isNumbered() {
        return this == APPENDED || this == UNFORCED || this == TORN;
    }
}
