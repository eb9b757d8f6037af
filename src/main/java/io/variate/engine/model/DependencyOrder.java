package io.variate.engine.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Sorts flags so that dependencies come first. */
public final class DependencyOrder {

    private DependencyOrder() {}

    /**
     * Returns the requested flags and their transitive dependencies, each once and after its dependencies. Otherwise
     * the order of the request is kept. Unknown keys and missing dependencies are ignored. Of several flags with one
     * key, the last replaces the first.
     *
     * @param keys the keys of the requested flags; no keys request all flags
     * @throws DependencyCycleException if a requested flag leads to a cycle
     */
    public static List<Flag> sort(List<Flag> flags, Collection<String> keys) {
        DependencyGraph graph = new DependencyGraph(flags);
        Map<String, Flag> byKey = new HashMap<>();
        flags.forEach(flag -> byKey.put(flag.key(), flag));
        return Arrays.stream(graph.order(keys.isEmpty() ? graph.all() : graph.indexes(keys)))
                .mapToObj(index -> Objects.requireNonNull(byKey.get(graph.key(index))))
                .toList();
    }
}
