package io.variate.store;

/** The rows of a past revision are not stored. */
public final class UnknownRevisionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownRevisionException(String message) {
        super(message, null, false, false);
    }
}
