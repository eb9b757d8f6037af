package io.variate.engine;

import io.variate.engine.model.DependencyGraph;
import io.variate.engine.model.Flag;
import io.variate.json.JsonPath;
import io.variate.json.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The order in which flags are evaluated. Depends only on their keys and dependencies, so sets of flags that differ in
 * nothing else share it. Flags that are on a dependency cycle or depend on one are not evaluated. Immutable.
 */
final class EvaluationOrder {

    private static final int NOT_EVALUATED = -1;

    private final DependencyGraph graph;
    private final BitSet acyclic;
    private final int[] all;

    /** The positions of the flags in {@link #all}, by index. */
    private final int[] positions;

    private final List<Problem> problems;

    EvaluationOrder(List<Flag> flags) {
        graph = new DependencyGraph(flags);
        acyclic = graph.acyclic();
        all = of(graph.all());
        positions = new int[graph.size()];
        Arrays.fill(positions, NOT_EVALUATED);
        for (int position = 0; position < all.length; position++) {
            positions[all[position]] = position;
        }
        problems = cycles();
    }

    private List<Problem> cycles() {
        List<Problem> found = new ArrayList<>();
        for (int index = acyclic.nextClearBit(0); index < graph.size(); index = acyclic.nextClearBit(index + 1)) {
            String path = JsonPath.flag(graph.key(index)) + ".dependencies";
            graph.dependencyOutside(acyclic, index)
                    .ifPresent(dependency -> found.add(new Problem(
                            path,
                            graph.key(dependency)
                                    + " is on a dependency cycle or depends on one, so this flag is not evaluated")));
        }
        return List.copyOf(found);
    }

    /** The number of distinct keys, including those of flags that are not evaluated. */
    int size() {
        return graph.size();
    }

    /** Returns the index of a key, or -1 if no flag has it. */
    int index(String key) {
        return graph.index(key);
    }

    /** Returns the position of the flag with an index among all evaluated flags, or a negative number. */
    int position(int index) {
        return positions[index];
    }

    /** Returns the position of a flag among all evaluated flags, or a negative number if it is not evaluated. */
    int position(String key) {
        int index = graph.index(key);
        return index < 0 ? NOT_EVALUATED : positions[index];
    }

    /** Returns the indexes of all evaluated flags: dependencies first, otherwise in listed order. */
    int[] all() {
        return all;
    }

    /** Returns requested flags and their dependencies: dependencies first, otherwise in requested order. */
    int[] of(int... indexes) {
        return graph.order(Arrays.stream(indexes).filter(acyclic::get).toArray());
    }

    /** Returns the indexes of keys and ignores unknown keys. */
    int[] indexes(List<String> keys) {
        return graph.indexes(keys);
    }

    /** Returns some flags and all that depend on them, directly or not. */
    BitSet withDependents(BitSet indexes) {
        return graph.withDependents(indexes);
    }

    /** One problem for each flag that is not evaluated. */
    List<Problem> problems() {
        return problems;
    }
}
