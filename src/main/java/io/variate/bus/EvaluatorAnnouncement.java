package io.variate.bus;

/**
 * Published by each evaluator node every second, to all clients of evaluators.
 *
 * @param member the cluster's id of the node; its requests go to {@link Addresses#evaluateAt}
 * @param clock {@link System#nanoTime} of the node at publication; clients convert deadlines to the node's clock with it
 * @param leaving whether the node is shutting down: its last announcement, after which clients must not select it
 */
public record EvaluatorAnnouncement(String member, long clock, boolean leaving) {
    /** Version of this message; a receiver rejects a higher one. */
    public static final int VERSION = 1;
}
