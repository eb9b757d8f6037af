package io.variate.commandline;

/** A line that cannot be evaluated, with the error that replaces its results. */
final class RejectedLineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient LineError error;

    RejectedLineException(LineError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    /** The whole line is invalid. */
    RejectedLineException(String code, String message) {
        this(new LineError(code, message, null));
    }

    LineError error() {
        return error;
    }
}
