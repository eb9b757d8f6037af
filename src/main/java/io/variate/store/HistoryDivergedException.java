package io.variate.store;

import io.variate.rulesets.rows.Revision;

/**
 * The database is not a continuation of the revision that is served: it was restored from a backup, or it is another
 * database. Nothing was written. {@link RulesetStore#recover} settles it.
 */
public final class HistoryDivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Revision served;
    private final transient Revision stored;

    HistoryDivergedException(Revision served, Revision stored) {
        super(
                "the database does not continue the served ruleset: it is at revision " + stored.number()
                        + " of history " + stored.history() + ", and revision " + served.number() + " of history "
                        + served.history() + " is served",
                null,
                false,
                false);
        this.served = served;
        this.stored = stored;
    }

    /** The revision that the caller serves. */
    public Revision served() {
        return served;
    }

    /** The revision of the database. */
    public Revision stored() {
        return stored;
    }
}
