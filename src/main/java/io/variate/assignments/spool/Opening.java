package io.variate.assignments.spool;

/** The result of opening a spool. */
public sealed interface Opening {

    /** The spool is open. The disk may still be full: see {@link Append#FAILED}. */
    record Opened(Spool spool, Recovery recovery) implements Opening {}

    /**
     * The spool cannot be used now.
     *
     * @param reason the kind of failure
     * @param message the failure for operators, with the system's message
     */
    record Unavailable(Reason reason, String message) implements Opening {}

    /** Why a spool cannot be used. */
    enum Reason {
        /** Another process, or another spool of this process, uses the directory. */
        LOCKED,
        /** The directory cannot be created, read or written. */
        UNUSABLE
    }
}
