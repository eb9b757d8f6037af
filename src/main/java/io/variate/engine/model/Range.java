package io.variate.engine.model;

/**
 * A half-open interval, which contains nothing if it ends where it starts or before.
 *
 * @param from the smallest number inside
 * @param to the smallest number above
 */
public record Range(int from, int to) {

    static final Range EMPTY = new Range(0, 0);

    /** Whether it contains no number that a hash can come to. */
    public boolean isEmpty() {
        return to <= Math.max(0, from);
    }

    public boolean contains(int number) {
        return number >= from && number < to;
    }
}
