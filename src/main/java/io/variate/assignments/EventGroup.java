package io.variate.assignments;

import io.variate.assignments.spool.Append;
import java.util.Arrays;

/**
 * Events of one user that are recorded together, and the outcome of each. Reusable scratch space of one thread; {@link
 * AssignmentLog#offer(long, byte[], EventGroup)} appends it to the log.
 */
final class EventGroup {
    private final JsonBytes values = new JsonBytes();
    private int[] ends = new int[16];
    private Append[] outcomes = new Append[16];
    private int size;

    EventGroup clear() {
        values.clear();
        size = 0;
        return this;
    }

    /** Adds a copy of an event. */
    void add(JsonBytes event) {
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
            outcomes = Arrays.copyOf(outcomes, size * 2);
        }
        ends[size++] = values.raw(event).length();
    }

    int size() {
        return size;
    }

    /** The concatenated events. */
    byte[] values() {
        return values.array();
    }

    /** End offset of each event in {@link #values}. */
    int[] ends() {
        return ends;
    }

    /** The outcome of an event, once the group was offered to the log. */
    Append outcome(int number) {
        return outcomes[number];
    }

    void settle(int from, int to, Append outcome) {
        Arrays.fill(outcomes, from, to, outcome);
    }
}
