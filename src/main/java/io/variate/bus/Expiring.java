package io.variate.bus;

/**
 * A question that says when nobody waits for its answer any more.
 *
 * @param <T> its own type
 */
public sealed interface Expiring<T> permits EvaluationRequest, EvaluationBatch {
    /**
     * The same question, of no use later than that.
     *
     * @param moment by {@link System#nanoTime} of the process that is asked
     */
    T until(long moment);
}
