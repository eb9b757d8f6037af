package io.variate.bus;

/**
 * A request that carries a deadline.
 *
 * @param <T> the type of the request
 */
public sealed interface Expiring<T> permits EvaluationRequest, EvaluationBatch {
    /**
     * This request with another deadline.
     *
     * @param moment in {@link System#nanoTime} of the receiving process
     */
    T until(long moment);
}
