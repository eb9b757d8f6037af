package io.variate.cohorts;

/** An upload that is no cohort; carries no stack trace, for it is an outcome and not a defect. */
public final class InvalidCohortException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean tooLarge;

    private InvalidCohortException(String message, boolean tooLarge) {
        super(message, null, false, false);
        this.tooLarge = tooLarge;
    }

    static InvalidCohortException malformed(String message) {
        return new InvalidCohortException(message, false);
    }

    static InvalidCohortException tooLarge(String message) {
        return new InvalidCohortException(message, true);
    }

    /** Whether it is only too large. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
