package io.variate.rulesets;

/** A source cannot be read, or its content is not a ruleset. The message states where and why, for operators. */
public final class UnreadableSourceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreadableSourceException(String message) {
        super(message, null, false, false);
    }
}
