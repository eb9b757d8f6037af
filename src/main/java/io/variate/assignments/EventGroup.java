package io.variate.assignments;

import io.variate.assignments.spool.Append;
import java.util.Arrays;

/**
 * Events of one user that are recorded together, and what became of each. Reusable scratch space of one thread; {@link
 * AssignmentLog#offer(long, byte[], EventGroup)} takes it to the log.
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

    /** The events, one behind the other. */
    byte[] values() {
        return values.array();
    }

    /** Where each event ends. */
    int[] ends() {
        return ends;
    }

    /** What became of an event, once the log was offered it. */
    Append outcome(int number) {
        return outcomes[number];
    }

    void settle(int from, int to, Append outcome) {
        Arrays.fill(outcomes, from, to, outcome);
    }
}
