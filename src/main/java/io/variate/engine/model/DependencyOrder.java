package io.variate.engine.model;

import java.util.Collection;
import java.util.List;

/** Orders flags so that each comes after those it depends on. */
public final class DependencyOrder {

    private DependencyOrder() {}

    /**
     * The requested flags and all they depend on, directly or not, every flag once and after its dependencies. Among
     * themselves they keep the order of the request. Unknown keys and missing dependencies are skipped; of several
     * flags with one key the last one takes the place of the first.
     *
     * @param keys of the flags requested; none at all requests every flag
     * @throws DependencyCycleException if what is requested leads to a cycle
     */
    public static List<Flag> sort(List<Flag> flags, Collection<String> keys) {
        DependencyGraph graph = new DependencyGraph(flags);
        return graph.order(keys.isEmpty() ? graph.all() : graph.indexes(keys)).stream()
                .map(graph::flag)
                .toList();
    }
}
