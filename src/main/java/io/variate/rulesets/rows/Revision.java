package io.variate.rulesets.rows;

import org.jspecify.annotations.Nullable;

/**
 * The identity of a state of a ruleset. Two states with the same revision have the same rows.
 *
 * @param history identifies the database, or another source, whose changes the number counts; never contains a space
 * @param number grows with every change
 * @param digest the digest of all rows
 */
public record Revision(String history, long number, Digest digest) {
    /** The history of a ruleset that was stored before histories had an id. */
    public static final String UNKNOWN_HISTORY = "";

    /**
     * Whether a node that serves some revision replaces it by this one: it has a higher number, or the same one and the
     * served history is unknown.
     *
     * @param served null if the node serves none
     */
    public boolean replaces(@Nullable Revision served) {
        return served == null
                || number > served.number
                || (number == served.number
                        && served.history.equals(UNKNOWN_HISTORY)
                        && !history.equals(UNKNOWN_HISTORY));
    }

    /** Whether the history was not recorded. */
    public boolean hasUnknownHistory() {
        return history.equals(UNKNOWN_HISTORY);
    }

    /** Whether both belong to the same history, so that their numbers can be compared. */
    public boolean sharesHistoryWith(Revision other) {
        return history.equals(other.history);
    }

    /** The form in logs and files, which {@link #parse} reads. */
    @Override
    public String toString() {
        return history + " " + number + " " + digest;
    }

    /**
     * Reads the form of {@link #toString}.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static Revision parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("a revision consists of history, number and digest");
        }
        return new Revision(parts[0], Long.parseLong(parts[1]), Digest.parse(parts[2]));
    }
}
