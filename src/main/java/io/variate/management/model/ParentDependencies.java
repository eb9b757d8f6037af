package io.variate.management.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flags that must have given one of some variants before a flag gives any. Immutable.
 *
 * @param flags the required variants of each parent, by its id; an empty list accepts every variant
 * @param operator whether all parents must agree or one is enough
 */
public record ParentDependencies(Map<Long, List<String>> flags, Operator operator) {
    public static final ParentDependencies NONE = new ParentDependencies(Map.of(), Operator.ALL);

    /** How several parents combine. */
    public enum Operator {
        ALL,
        ANY
    }

    public ParentDependencies {
        Map<Long, List<String>> copy = new LinkedHashMap<>();
        flags.forEach((id, variants) -> copy.put(id, List.copyOf(variants)));
        flags = Collections.unmodifiableMap(copy);
    }

    public boolean isEmpty() {
        return flags.isEmpty();
    }
}
