package io.variate.assignments.spool;

/** What came of opening a spool. */
public sealed interface Opening {

    /** It can be used, which does not mean that the disk has room: see {@link Append#FAILED}. */
    record Opened(Spool spool, Recovery recovery) implements Opening {}

    /**
     * It cannot be used now.
     *
     * @param reason why
     * @param message the same for people, with what the system said
     */
    record Unavailable(Reason reason, String message) implements Opening {}

    /** Why a spool cannot be used. */
    enum Reason {
        /** Another process, or another spool of this one, has the directory. */
        LOCKED,
        /** The directory cannot be made, read or written. */
        UNUSABLE
    }
}
