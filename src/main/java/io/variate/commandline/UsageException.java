package io.variate.commandline;

/** Arguments that make no sense; the message, for people, says which. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message, null, false, false);
    }
}
