package io.variate.bus;

import org.jspecify.annotations.Nullable;

/** Why an evaluation was not answered; the number is the failure code of the event-bus reply. */
public enum FailureCode {
    /** The request itself is wrong: sending it again does not help. */
    INVALID_REQUEST(1),
    /** No deployment of this zone has the key. */
    UNKNOWN_DEPLOYMENT(2),
    /** The node has no ruleset yet. */
    NOT_READY(3),
    /** The message is of a version that the receiver does not know. */
    UNSUPPORTED_VERSION(4),
    /** The evaluator failed; its log says why. */
    INTERNAL(5),
    /** No evaluator is reachable. Never sent: the client concludes it. */
    NO_EVALUATOR(6),
    /** No answer came in time. The client concludes it, or the evaluator says that it came to the request too late. */
    TIMEOUT(7),
    /** The answer would have to be recorded and cannot be now: the settings of the node say that there is none then. */
    NOT_RECORDED(8),
    /** The node has not come to the revision that is asked for, and has waited for it as long as it may. */
    REVISION_NOT_REACHED(9);

    private final int number;

    FailureCode(int number) {
        this.number = number;
    }

    /** The failure code as it travels; stable across versions. */
    public int number() {
        return number;
    }

    /** The code of that number, or null for a number that this version does not know. */
    public static @Nullable FailureCode of(int number) {
        for (FailureCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
