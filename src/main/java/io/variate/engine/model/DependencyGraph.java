package io.variate.engine.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The distinct keys of flags, by index, and the dependencies between them. Traversals use explicit stacks instead of
 * recursion, because a chain of dependencies may be as long as the list of flags. Immutable.
 */
public final class DependencyGraph {

    private static final int[] NONE = {};

    private final String[] keys;
    private final Map<String, Integer> keyToIndex;
    private final int[][] dependencies;
    private final int[][] dependents;

    /** Creates the graph. The last of several flags with one key wins. */
    public DependencyGraph(List<Flag> all) {
        Map<String, Flag> distinct = new LinkedHashMap<>(2 * all.size());
        all.forEach(flag -> distinct.put(flag.key(), flag));
        keys = distinct.keySet().toArray(String[]::new);
        keyToIndex = new HashMap<>(2 * keys.length);
        for (String key : keys) {
            keyToIndex.put(key, keyToIndex.size());
        }
        dependencies = distinct.values().stream()
                .map(flag -> flag.dependencies().isEmpty() ? NONE : indexes(flag.dependencies()))
                .toArray(int[][]::new);
        dependents = reversed(dependencies);
    }

    private static int[][] reversed(int[][] edges) {
        int[] missing = new int[edges.length];
        for (int[] targets : edges) {
            for (int target : targets) {
                missing[target]++;
            }
        }
        int[][] reversed = new int[edges.length][];
        Arrays.setAll(reversed, target -> missing[target] == 0 ? NONE : new int[missing[target]]);
        for (int source = 0; source < edges.length; source++) {
            for (int target : edges[source]) {
                reversed[target][--missing[target]] = source;
            }
        }
        return reversed;
    }

    /** The number of distinct keys. */
    public int size() {
        return keys.length;
    }

    /** Returns the index of a key, or -1 if no flag has it. */
    public int index(String key) {
        return keyToIndex.getOrDefault(key, -1);
    }

    /** Returns the key with an index. */
    public String key(int index) {
        return keys[index];
    }

    /** Returns all indexes. */
    public int[] all() {
        return IntStream.range(0, keys.length).toArray();
    }

    /** Returns the indexes of keys and ignores unknown keys. */
    public int[] indexes(Collection<String> some) {
        return some.stream().mapToInt(this::index).filter(index -> index >= 0).toArray();
    }

    /** Returns the flags that can be evaluated: not on a cycle and not depending on one. */
    public BitSet acyclic() {
        int[] missing =
                Arrays.stream(dependencies).mapToInt(each -> each.length).toArray();
        Deque<Integer> ready = new ArrayDeque<>();
        IntStream.range(0, keys.length).filter(i -> missing[i] == 0).forEach(ready::add);
        BitSet acyclic = new BitSet(keys.length);
        while (!ready.isEmpty()) {
            int next = ready.remove();
            acyclic.set(next);
            for (int dependent : dependents[next]) {
                if (--missing[dependent] == 0) {
                    ready.add(dependent);
                }
            }
        }
        return acyclic;
    }

    /** Returns some flags and all that depend on them, directly or not. */
    public BitSet withDependents(BitSet some) {
        BitSet reached = (BitSet) some.clone();
        Deque<Integer> ready = new ArrayDeque<>();
        some.stream().forEach(ready::add);
        while (!ready.isEmpty()) {
            for (int dependent : dependents[ready.remove()]) {
                if (!reached.get(dependent)) {
                    reached.set(dependent);
                    ready.add(dependent);
                }
            }
        }
        return reached;
    }

    /** Returns the first dependency of a flag that is not in a set. */
    public OptionalInt dependencyOutside(BitSet set, int index) {
        return Arrays.stream(dependencies[index])
                .filter(dependency -> !set.get(dependency))
                .findFirst();
    }

    /**
     * Returns the requested flags and their dependencies, dependencies first.
     *
     * @throws DependencyCycleException if a cycle is reachable
     */
    public int[] order(int... requested) {
        Traversal traversal = new Traversal();
        for (int index : requested) {
            traversal.visit(index);
        }
        return traversal.ordered.stream().mapToInt(Integer::intValue).toArray();
    }

    /** A depth-first traversal. */
    private final class Traversal {
        private final List<Integer> ordered = new ArrayList<>();
        private final BitSet done = new BitSet();
        private final BitSet onPath = new BitSet();

        /** The path from the requested flag to the current one. */
        private final List<Integer> path = new ArrayList<>();

        /** For each flag on the path, the next dependency to visit. */
        private final List<Integer> nextDependency = new ArrayList<>();

        void visit(int requested) {
            enter(requested);
            while (!path.isEmpty()) {
                int top = path.size() - 1;
                int current = path.get(top);
                int next = nextDependency.get(top);
                if (next < dependencies[current].length) {
                    nextDependency.set(top, next + 1);
                    enter(dependencies[current][next]);
                } else {
                    leave(top, current);
                }
            }
        }

        private void enter(int index) {
            if (onPath.get(index)) {
                throw cycleAt(index);
            }
            if (!done.get(index)) {
                onPath.set(index);
                path.add(index);
                nextDependency.add(0);
            }
        }

        private void leave(int top, int current) {
            path.remove(top);
            nextDependency.remove(top);
            onPath.clear(current);
            done.set(current);
            ordered.add(current);
        }

        private DependencyCycleException cycleAt(int index) {
            List<String> cycle = new ArrayList<>();
            path.subList(path.indexOf(index), path.size()).forEach(onCycle -> cycle.add(keys[onCycle]));
            cycle.add(keys[index]);
            return new DependencyCycleException(cycle);
        }
    }
}
