package io.variate.engine.model;

import java.util.Collection;
import java.util.Collections;

/** The four ways in which one thing can be ordered against another. */
public enum Relation {
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL;

    /**
     * Whether the relation holds.
     *
     * @param comparison of the left side with the right one, as comparators answer it
     */
    public boolean holds(int comparison) {
        return switch (this) {
            case LESS -> comparison < 0;
            case LESS_OR_EQUAL -> comparison <= 0;
            case GREATER -> comparison > 0;
            case GREATER_OR_EQUAL -> comparison >= 0;
        };
    }

    /** The one of several right sides that decides: what is below any of them is below the greatest. */
    public <T extends Comparable<T>> T decisive(Collection<T> rightSides) {
        return this == LESS || this == LESS_OR_EQUAL ? Collections.max(rightSides) : Collections.min(rightSides);
    }
}
