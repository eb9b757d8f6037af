package io.variate.management.preview;

/** A preview would evaluate too many flags for too many users. */
public final class TooManyEvaluationsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyEvaluationsException(int flags, long users) {
        super(
                "the change affects " + flags + " flags, so a preview allows at most " + users + " users",
                null,
                false,
                false);
    }
}
