package io.variate.commandline;

/** A line that cannot be evaluated, with what its answer says instead. */
final class RejectedLineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient LineError error;

    RejectedLineException(LineError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    /** A line that is wrong as a whole. */
    RejectedLineException(String code, String message) {
        this(new LineError(code, message, null));
    }

    LineError error() {
        return error;
    }
}
