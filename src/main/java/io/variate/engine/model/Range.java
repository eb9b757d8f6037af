package io.variate.engine.model;

/**
 * A half-open interval; empty unless {@code from} is below {@code to}.
 *
 * @param from the lower bound, inclusive
 * @param to the upper bound, exclusive
 */
public record Range(int from, int to) {

    static final Range EMPTY = new Range(0, 0);

    /** Whether the range contains no possible hash. */
    public boolean isEmpty() {
        return to <= Math.max(0, from);
    }

    /** Whether the range contains a number. */
    public boolean contains(int number) {
        return number >= from && number < to;
    }
}
