package io.variate.engine.model;

import java.util.List;

/**
 * A share of the audience. Immutable.
 *
 * @param range the hashes in the share, in percent: {@code hash mod 100}
 * @param distributions the distributions, tried in order
 */
public record Allocation(Range range, List<Distribution> distributions) {

    public Allocation {
        distributions = List.copyOf(distributions);
    }
}
