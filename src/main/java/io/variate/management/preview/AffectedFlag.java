package io.variate.management.preview;

import io.variate.engine.Explanation;
import java.util.Locale;

/**
 * A flag that a change affects.
 *
 * @param kind how it is affected
 * @param mayMove whether users may get another variant; false if the rules before and after are equal
 */
public record AffectedFlag(String key, Kind kind, boolean mayMove) {
    /** How a change affects a flag. */
    public enum Kind {
        /** The flag is new. */
        ADDED,
        /** The flag is removed. */
        REMOVED,
        /** The definition differs. */
        CHANGED,
        /** The flag is the same, but targets cohorts, and a cohort differs. */
        COHORT,
        /** The flag is the same, but depends on an affected one. */
        DEPENDENT;

        /** The name in JSON, as in those of {@link Explanation.Reason}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
