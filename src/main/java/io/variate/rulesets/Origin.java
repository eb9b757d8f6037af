package io.variate.rulesets;

import java.util.Locale;

/** The origin of the ruleset that a node serves. */
public enum Origin {
    POSTGRES,
    FILE,
    UPSTREAM,
    CLUSTER,
    SNAPSHOT;

    /** The form in health responses. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
