package io.variate.cluster;

/** A packet that is not what a peer may send before it has identified itself. */
final class ForeignPacketException extends Exception {
    private static final long serialVersionUID = 1;

    /** Carries no stack trace: a stranger decides how often it is thrown. */
    ForeignPacketException(String message) {
        super(message, null, false, false);
    }
}
