package io.variate.rulesets;

import java.util.Locale;

/** Where a node got its ruleset from. */
public enum Origin {
    POSTGRES,
    FILE,
    CLUSTER,
    SNAPSHOT;

    /** How health answers spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
