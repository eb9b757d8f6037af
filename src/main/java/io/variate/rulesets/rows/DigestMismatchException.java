package io.variate.rulesets.rows;

/** Rows are not those of the revision that they claim to be. */
public final class DigestMismatchException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    DigestMismatchException(Revision revision, Digest found) {
        super("the rows have the digest " + found + " instead of that of revision " + revision.number() + ", "
                + revision.digest());
    }
}
