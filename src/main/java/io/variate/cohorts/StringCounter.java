package io.variate.cohorts;

/** Counts the strings of a JSON text that arrives in pieces: an upper bound of its members. Used by one thread at a time. */
final class StringCounter {
    private boolean isInString;
    private boolean isEscaped;
    private long strings;

    /** Counts the strings that begin in the next piece; returns the number of strings so far. */
    long add(byte[] piece) {
        for (byte next : piece) {
            if (!isInString) {
                if (next == '"') {
                    isInString = true;
                    strings++;
                }
            } else if (isEscaped) {
                isEscaped = false;
            } else if (next == '\\') {
                isEscaped = true;
            } else if (next == '"') {
                isInString = false;
            }
        }
        return strings;
    }
}
