package io.variate.bus;

/**
 * What a node that evaluates says every second to all who ask evaluators.
 *
 * @param member whose requests go to {@link Addresses#evaluateAt}
 * @param clock {@link System#nanoTime} of the node when it said so; whoever hears it can tell the node deadlines by it
 * @param leaving whether the node says it for the last time, and is not to be asked any more
 */
public record EvaluatorAnnouncement(String member, long clock, boolean leaving) {
    /** Version of this message; a receiver refuses a higher one. */
    public static final int VERSION = 1;
}
