package io.variate.store;

/** A replacement was made for a revision that is no longer the current one; nothing was written. */
public final class RevisionConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RevisionConflictException(long expected, long current) {
        super("the ruleset is at revision " + current + ", not " + expected, null, false, false);
    }
}
