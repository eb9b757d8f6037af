package io.variate.it.attack;

import java.util.function.IntFunction;

/**
 * One way to attack a node.
 *
 * @param name identifies the attack to an attacker process
 * @param connections in the long form; the short form has a tenth of them, as many as once stopped a node
 * @param pace when a connection sends its next part
 * @param reads whether the attacker reads responses
 * @param scripts what a connection sends, by its number; a replacement connection gets the next number
 */
record Attack(String name, Door door, int connections, Pace pace, boolean reads, IntFunction<Script> scripts) {
    /** Of a connection that does not read: small, so that unread bytes stay in the node and not in the kernel. */
    static final int RECEIVE_BUFFER_BYTES = 4096;

    /** The port attacked. */
    enum Door {
        PUBLIC,
        ADMIN
    }

    /**
     * When a connection sends its next part: at once, after a response, or after a pause.
     *
     * @param millis of the pause; negative to wait for a response
     * @param replacesAnswered whether a new connection replaces one that got a response, which here is always a rejection
     */
    record Pace(long millis, boolean replacesAnswered) {
        static final Pace AT_ONCE = new Pace(0, false);
        static final Pace AFTER_ANSWER = new Pace(-1, false);

        /** For requests that never end. */
        static final Pace UNENDING = new Pace(0, true);

        static Pace every(long millis) {
            return new Pace(millis, true);
        }

        boolean waitsForAnswer() {
            return millis < 0;
        }
    }

    /** The number of connections; at least one. */
    int connections(boolean atLength) {
        return atLength ? connections : Math.max(1, connections / 10);
    }
}
