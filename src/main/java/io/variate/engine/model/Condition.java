package io.variate.engine.model;

import java.util.List;

/**
 * A test of one property. Immutable.
 *
 * @param selector the keys that lead to the property, from {@code context} or {@code result} on
 * @param op name of the operator; a condition with an unknown one never holds
 * @param values what the property is compared with, in the order written; of equal ones, the first counts
 */
public record Condition(List<String> selector, String op, List<String> values) {

    public Condition {
        selector = List.copyOf(selector);
        values = List.copyOf(values);
    }
}
