package io.variate.bus;

import org.jspecify.annotations.Nullable;

/** Why a request failed; the number is the failure code of the event-bus reply. */
public enum FailureCode {
    /** The request is invalid; a retry cannot succeed. */
    INVALID_REQUEST(1),
    /** No deployment of this zone has the key. */
    UNKNOWN_DEPLOYMENT(2),
    /** The node has no ruleset yet, or accepts no events now. */
    NOT_READY(3),
    /** The receiver does not support the version of the message. */
    UNSUPPORTED_VERSION(4),
    /** The receiver failed; its log has the cause. */
    INTERNAL(5),
    /** No evaluator is reachable. Set by the client, never sent. */
    NO_EVALUATOR(6),
    /** The request expired: no reply arrived in time, or its deadline passed before the evaluator reached it. */
    TIMEOUT(7),
    /** The events cannot be recorded now, and {@code assignments.when-full} is {@code refuse}. */
    NOT_RECORDED(8),
    /** The node did not reach the requested ruleset revision within its wait limit. */
    REVISION_NOT_REACHED(9);

    private final int number;

    FailureCode(int number) {
        this.number = number;
    }

    /** The failure code on the wire; stable across versions. */
    public int number() {
        return number;
    }

    /** The code with a number, or null for a number that this version does not know. */
    public static @Nullable FailureCode of(int number) {
        for (FailureCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
