package io.variate.rulesets;

/** A source cannot be read, or not as a ruleset; the message says where and why, for operators. */
public final class UnreadableSourceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreadableSourceException(String message) {
        super(message, null, false, false);
    }
}
