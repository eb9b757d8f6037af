package io.variate.management.translation;

/** A part of an evaluation flag that no resource compiles to; the message is the reason. */
final class NotManagedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotManagedException(String reason) {
        super(reason, null, false, false);
    }
}
