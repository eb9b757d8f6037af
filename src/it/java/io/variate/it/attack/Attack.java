package io.variate.it.attack;

import java.util.function.IntFunction;

/**
 * One way to attack a node.
 *
 * @param name by which a process of attackers is told what to do
 * @param connections in the long form; the short form has a tenth of them, which is what stopped a node once
 * @param pace when a connection sends its next part
 * @param reads whether answers are read
 * @param scripts what a connection sends, by its number, which counts on over connections that replace others
 */
record Attack(String name, Door door, int connections, Pace pace, boolean reads, IntFunction<Script> scripts) {
    /** Of what a connection that does not read keeps in the system: little, so that the rest stays with the node. */
    static final int RECEIVE_BUFFER_BYTES = 4096;

    /** The port attacked. */
    enum Door {
        PUBLIC,
        ADMIN
    }

    /**
     * When a connection sends its next part: as soon as the last one is sent, as soon as something has been answered, or
     * after a pause.
     *
     * @param millis of the pause; negative to wait for an answer
     * @param startsAnew whether another connection takes the place of one that was answered, for an answer is a refusal
     */
    record Pace(long millis, boolean startsAnew) {
        static final Pace AT_ONCE = new Pace(0, false);
        static final Pace AFTER_ANSWER = new Pace(-1, false);

        /** Of a request that never ends. */
        static final Pace UNENDING = new Pace(0, true);

        static Pace every(long millis) {
            return new Pace(millis, true);
        }

        boolean waitsForAnswer() {
            return millis < 0;
        }
    }

    /** Connections that are open for some moments only count for the files of the attacker's process. */
    int connections(boolean atLength) {
        return atLength ? connections : Math.max(1, connections / 10);
    }
}
