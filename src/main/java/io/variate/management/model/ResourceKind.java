package io.variate.management.model;

import java.util.Locale;

/** The kinds of resources. */
public enum ResourceKind {
    FLAG,
    EXPERIMENT,
    MUTEX,
    HOLDOUT,
    DEPLOYMENT,
    COHORT,
    PROJECT;

    /** The name in JSON and in the database, such as {@code flag}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether resources of the kind become flags in the ruleset, so they share one namespace of keys in a project. */
    public boolean isFlagRow() {
        return this == FLAG || this == EXPERIMENT || this == MUTEX || this == HOLDOUT;
    }
}
