package io.variate.engine.model;

import java.util.List;

/**
 * A test of one property. Immutable.
 *
 * @param selector the keys that lead to the property, starting with {@code context} or {@code result}
 * @param op the name of the operator; a condition with an unknown operator never holds
 * @param values the filter values, in the order written; the first of equal values counts
 */
public record Condition(List<String> selector, String op, List<String> values) {

    public Condition {
        selector = List.copyOf(selector);
        values = List.copyOf(values);
    }
}
