package io.variate.store;

/** The ruleset no longer has the revision that a replacement expects; nothing was written. */
public final class RevisionConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RevisionConflictException(long expected, long current) {
        super("the ruleset is at revision " + current + ", not " + expected, null, false, false);
    }
}
