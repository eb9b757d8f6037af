package io.variate.json;

import java.util.Locale;

/**
 * A problem in a document, for the authors of flags.
 *
 * @param severity whether the document is unusable or only suspicious
 * @param path the location, such as {@code flags[3].segments[0].bucket.salt}
 * @param reason what is wrong and its consequence
 */
public record Problem(Severity severity, String path, String reason) {

    /** The severity of a problem. */
    public enum Severity {
        /** The flag cannot work as written. */
        ERROR,
        /** The flag works, but possibly not as intended: it may target a newer engine. */
        WARNING;

        /** The name in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Creates an error. */
    public Problem(String path, String reason) {
        this(Severity.ERROR, path, reason);
    }

    /** The same problem as a warning. */
    public Problem asWarning() {
        return new Problem(Severity.WARNING, path, reason);
    }

    /** Whether the severity is {@link Severity#ERROR}. */
    public boolean isError() {
        return severity == Severity.ERROR;
    }
}
