package io.variate.store;

/** A cohort is not what the author of a change has seen; nothing was written. Has no stack trace: it is expected. */
public final class CohortConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long version;

    CohortConflictException(String message, long version) {
        super(message, null, false, false);
        this.version = version;
    }

    /** The present version; 0 if the cohort does not exist, and -1 if only its members are others than expected. */
    public long version() {
        return version;
    }
}
