package io.variate.management.model;

import java.util.Locale;

/**
 * How a percentage selects users. The modes select different users for the same percentage, so a rollout keeps the mode
 * that it started with.
 */
public enum AllocationMode {
    /** Whole percents, as Amplitude does it. */
    PERCENT,
    /** Percentages with up to {@value Rollout#MAX_DECIMALS} decimals. Growth moves nobody between variants. */
    FINE;

    /** The name in JSON. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
