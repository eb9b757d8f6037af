package io.variate.store;

import io.variate.rulesets.rows.Revision;

/** The database continues the revision that is served, so there is nothing to recover. Nothing was written. */
public final class NotDivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotDivergedException(Revision served, Revision stored) {
        super(
                "the database continues the served revision " + served.number() + " with revision " + stored.number(),
                null,
                false,
                false);
    }
}
