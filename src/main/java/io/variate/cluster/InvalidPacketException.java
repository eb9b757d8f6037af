package io.variate.cluster;

/** A packet that a peer must not send before it is authenticated. */
final class InvalidPacketException extends Exception {
    private static final long serialVersionUID = 1;

    /** Without stack trace, because unauthenticated peers decide how often it is thrown. */
    InvalidPacketException(String message) {
        super(message, null, false, false);
    }
}
