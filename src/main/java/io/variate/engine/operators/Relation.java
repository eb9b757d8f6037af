package io.variate.engine.operators;

import java.util.Collection;
import java.util.Collections;

/** An ordering relation of two values. */
enum Relation {
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL;

    /**
     * Whether the relation holds.
     *
     * @param comparison the result of comparing the left value with the right one, as {@link Comparable#compareTo}
     *     returns it
     */
    boolean holds(int comparison) {
        return switch (this) {
            case LESS -> comparison < 0;
            case LESS_OR_EQUAL -> comparison <= 0;
            case GREATER -> comparison > 0;
            case GREATER_OR_EQUAL -> comparison >= 0;
        };
    }

    /**
     * Returns the right value that decides whether the relation holds for any of several: a value is less than any of
     * them if it is less than the greatest.
     */
    <T extends Comparable<T>> T decisive(Collection<T> rightSides) {
        return this == LESS || this == LESS_OR_EQUAL ? Collections.max(rightSides) : Collections.min(rightSides);
    }
}
