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
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Flags with distinct keys, by index, and their dependencies. Traversals use explicit stacks instead of recursion,
 * because a chain of dependencies may be as long as the list of flags. Immutable.
 */
public final class DependencyGraph {

    private final Flag[] flags;
    private final Map<String, Integer> keyToIndex = new HashMap<>();
    private final int[][] dependencies;

    /** Creates the graph. The last of several flags with one key wins. */
    public DependencyGraph(List<Flag> all) {
        Map<String, Flag> distinct = new LinkedHashMap<>();
        all.forEach(flag -> distinct.put(flag.key(), flag));
        flags = distinct.values().toArray(Flag[]::new);
        for (Flag flag : flags) {
            keyToIndex.put(flag.key(), keyToIndex.size());
        }
        dependencies =
                Arrays.stream(flags).map(flag -> indexes(flag.dependencies())).toArray(int[][]::new);
    }

    /** Returns the index of a flag, or -1 if no flag has the key. */
    public int index(String key) {
        return keyToIndex.getOrDefault(key, -1);
    }

    /** Returns the flag with an index. */
    public Flag flag(int index) {
        return flags[index];
    }

    /** Returns all indexes. */
    public int[] all() {
        return IntStream.range(0, flags.length).toArray();
    }

    /** Returns the indexes of keys and ignores unknown keys. */
    public int[] indexes(Collection<String> keys) {
        return keys.stream().mapToInt(this::index).filter(index -> index >= 0).toArray();
    }

    /** Returns the flags that can be evaluated: not on a cycle and not depending on one. */
    public BitSet acyclic() {
        List<List<Integer>> dependents = dependents();
        int[] missing =
                Arrays.stream(dependencies).mapToInt(each -> each.length).toArray();
        Deque<Integer> ready = new ArrayDeque<>();
        IntStream.range(0, flags.length).filter(i -> missing[i] == 0).forEach(ready::add);
        BitSet acyclic = new BitSet(flags.length);
        while (!ready.isEmpty()) {
            int next = ready.remove();
            acyclic.set(next);
            for (int dependent : dependents.get(next)) {
                if (--missing[dependent] == 0) {
                    ready.add(dependent);
                }
            }
        }
        return acyclic;
    }

    private List<List<Integer>> dependents() {
        List<List<Integer>> dependents = new ArrayList<>();
        Arrays.stream(flags).forEach(flag -> dependents.add(new ArrayList<>()));
        for (int i = 0; i < flags.length; i++) {
            for (int dependency : dependencies[i]) {
                dependents.get(dependency).add(i);
            }
        }
        return dependents;
    }

    /** Returns the first dependency of a flag that is not in a set. */
    public Optional<Flag> dependencyOutside(BitSet set, int index) {
        return Arrays.stream(dependencies[index])
                .filter(dependency -> !set.get(dependency))
                .mapToObj(this::flag)
                .findFirst();
    }

    /**
     * Returns the requested flags and their dependencies, dependencies first.
     *
     * @throws DependencyCycleException if a cycle is reachable
     */
    public List<Integer> order(int... requested) {
        Traversal traversal = new Traversal();
        for (int index : requested) {
            traversal.visit(index);
        }
        return traversal.ordered;
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
            List<String> keys = new ArrayList<>();
            path.subList(path.indexOf(index), path.size()).forEach(onCycle -> keys.add(flags[onCycle].key()));
            keys.add(flags[index].key());
            return new DependencyCycleException(keys);
        }
    }
}
