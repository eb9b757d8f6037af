package io.variate.cohorts;

/**
 * Measures a JSON text that arrives in pieces: how many strings it has, an upper bound of its members, and how many bytes
 * are not explained by them. Used by one thread at a time.
 */
final class BodyScanner {
    /** Bytes of a string that count as content; of longer ones, the rest is overhead. */
    private static final int STRING_BYTES = 1_024;

    /** Bytes between two strings that are no overhead: separators, and the indentation of a readable form. */
    private static final int SEPARATOR_BYTES = 16;

    private boolean isInString;
    private boolean isEscaped;
    private int stringBytes;
    private int separatorBytes;
    private long strings;
    private long overhead;

    /** Scans the next piece. */
    void add(byte[] piece) {
        for (byte next : piece) {
            if (isInString) {
                addToString(next);
            } else if (next == '"') {
                isInString = true;
                strings++;
                stringBytes = 0;
            } else if (separatorBytes < SEPARATOR_BYTES) {
                separatorBytes++;
            } else {
                overhead++;
            }
        }
    }

    private void addToString(byte next) {
        if (stringBytes < STRING_BYTES) {
            stringBytes++;
        } else {
            overhead++;
        }
        if (isEscaped) {
            isEscaped = false;
        } else if (next == '\\') {
            isEscaped = true;
        } else if (next == '"') {
            isInString = false;
            separatorBytes = 0;
        }
    }

    /** The number of strings that have begun. */
    long strings() {
        return strings;
    }

    /** The number of bytes, such as long runs of whitespace, numbers, or the ends of long strings. */
    long overhead() {
        return overhead;
    }
}
