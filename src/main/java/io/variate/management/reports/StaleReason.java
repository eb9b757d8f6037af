package io.variate.management.reports;

import java.util.Locale;

/** Why a flag is stale. */
public enum StaleReason {
    /** It serves one variant, or none, to all users, and did not change for a long time: code can do without it. */
    CONSTANT,

    /** It was neither evaluated nor fetched for a long time. */
    SILENT,

    /** It reaches some of the users of a segment, and did not change for a long time. */
    FORGOTTEN,

    /** Its experiment has a decision, and users still get different variants. */
    DECIDED,

    /** The end date of its experiment is past, and users still get different variants. */
    EXPIRED;

    /** The name in JSON. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
