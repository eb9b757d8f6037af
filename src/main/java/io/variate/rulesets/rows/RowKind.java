package io.variate.rulesets.rows;

import java.util.Locale;

/** The kinds of rows, in the order in which a change is applied: the table that holds them has the same name. */
public enum RowKind {
    PROJECT,
    DEPLOYMENT,
    FLAG,
    COHORT;

    /** The name of the table, which is also the name in digests and in encoded rows. */
    public String table() {
        return name().toLowerCase(Locale.ROOT);
    }
}
