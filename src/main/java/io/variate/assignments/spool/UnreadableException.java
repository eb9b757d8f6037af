package io.variate.assignments.spool;

/** A file that this version cannot read. */
final class UnreadableException extends Exception {
    UnreadableException(String message) {
        super(message);
    }
}
