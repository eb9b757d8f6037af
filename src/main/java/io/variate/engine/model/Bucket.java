package io.variate.engine.model;

import java.util.List;

/**
 * Splits an audience by the hash of {@code salt/value}. Immutable.
 *
 * @param selector the keys that lead to the bucketing value
 * @param salt makes the splits of different flags independent; may be empty
 * @param allocations the allocations, tried in order
 */
public record Bucket(List<String> selector, String salt, List<Allocation> allocations) {

    public Bucket {
        selector = List.copyOf(selector);
        allocations = List.copyOf(allocations);
    }
}
