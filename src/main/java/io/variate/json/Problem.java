package io.variate.json;

/**
 * Something wrong with a flag, for the people who write flags.
 *
 * @param severity whether the flag can be wanted as it is
 * @param path where, such as {@code flags[3].segments[0].bucket.salt}
 * @param reason what is wrong and what follows from it
 */
public record Problem(Severity severity, String path, String reason) {

    /** How bad a problem is. */
    public enum Severity {
        /** The flag cannot work as written. */
        ERROR,
        /** The flag works, but perhaps not as meant: it may have been written for a newer engine. */
        WARNING
    }

    /** An error. */
    public Problem(String path, String reason) {
        this(Severity.ERROR, path, reason);
    }

    /** Whether the flag cannot work as written. */
    public boolean isError() {
        return severity == Severity.ERROR;
    }
}
