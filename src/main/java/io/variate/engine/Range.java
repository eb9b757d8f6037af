package io.variate.engine;

/**
 * A half-open interval, which contains nothing if it ends where it starts or before.
 *
 * @param from the smallest number inside
 * @param to the smallest number above
 */
public record Range(int from, int to) {

    static final Range EMPTY = new Range(0, 0);

    boolean contains(int number) {
        return number >= from && number < to;
    }
}
