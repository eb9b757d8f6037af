package io.variate.cohorts;

/** An upload or a download was not a valid cohort. Has no stack trace: this is an expected outcome, not a defect. */
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

    static InvalidCohortException tooManyMembers(long maxMembers) {
        return tooLarge("the cohort has more than " + maxMembers + " members");
    }

    /** Whether it exceeds a limit, rather than being malformed. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
