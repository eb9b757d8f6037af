package io.variate.management.model;

import java.util.Locale;

/** Where a flag is evaluated. */
public enum EvaluationMode {
    /** Only by the server: SDKs with local evaluation get a stub. */
    REMOTE,
    /** By the server, and by SDKs with local evaluation. */
    LOCAL;

    /** The name in JSON. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
