package io.variate.management.comparison;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Merges two changes of one JSON tree, field by field. Objects are merged member by member, and lists of objects with
 * distinct keys by their member {@code key}; every other list is one value. Not thread-safe.
 */
public final class ThreeWayMerge {
    private final List<String> conflicts = new ArrayList<>();

    private ThreeWayMerge() {}

    /**
     * The outcome of a merge.
     *
     * @param tree the merged tree; contains the values of theirs where both conflict
     * @param conflicts the paths of fields that both changed, differently
     */
    public record Merged(@Nullable Object tree, List<String> conflicts) {}

    /**
     * Merges.
     *
     * @param base what both started from
     * @param theirs the current tree
     * @param ours the tree to bring in
     */
    public static Merged merge(@Nullable Object base, @Nullable Object theirs, @Nullable Object ours) {
        ThreeWayMerge merge = new ThreeWayMerge();
        Object tree = merge.value("", base, theirs, ours);
        return new Merged(tree, List.copyOf(merge.conflicts));
    }

    private @Nullable Object value(String path, @Nullable Object base, @Nullable Object theirs, @Nullable Object ours) {
        if (Objects.equals(base, ours) || Objects.equals(theirs, ours)) {
            return theirs;
        }
        if (Objects.equals(base, theirs)) {
            return ours;
        }
        if (theirs instanceof Map<?, ?> their && ours instanceof Map<?, ?> our) {
            return members(path, base instanceof Map<?, ?> old ? old : Map.of(), their, our);
        }
        Map<String, Object> their = KeyedList.byKey(theirs);
        Map<String, Object> our = KeyedList.byKey(ours);
        Map<String, Object> old = base == null ? Map.of() : KeyedList.byKey(base);
        if (old != null && their != null && our != null) {
            return elements(path, old, their, our);
        }
        conflicts.add(path);
        return theirs;
    }

    private Map<String, @Nullable Object> members(String path, Map<?, ?> base, Map<?, ?> theirs, Map<?, ?> ours) {
        return members(path, base, theirs, ours, theirs.keySet(), ours.keySet());
    }

    private Map<String, @Nullable Object> members(
            String path, Map<?, ?> base, Map<?, ?> theirs, Map<?, ?> ours, Set<?> first, Set<?> second) {
        Set<Object> keys = new LinkedHashSet<>(first);
        keys.addAll(second);
        Map<String, @Nullable Object> merged = new LinkedHashMap<>();
        for (Object key : keys) {
            Object value = value(TreeDiff.member(path, (String) key), base.get(key), theirs.get(key), ours.get(key));
            if (value != null || (theirs.containsKey(key) && ours.containsKey(key))) {
                merged.put((String) key, value);
            }
        }
        return merged;
    }

    /** Keeps the order of whoever changed it. */
    private List<@Nullable Object> elements(
            String path, Map<String, Object> base, Map<String, Object> theirs, Map<String, Object> ours) {
        boolean weReordered = !common(base, ours).equals(common(ours, base));
        boolean theyReordered = !common(base, theirs).equals(common(theirs, base));
        if (weReordered && theyReordered && !common(theirs, ours).equals(common(ours, theirs))) {
            conflicts.add(path);
        }
        return new ArrayList<>(
                weReordered
                        ? members(path, base, theirs, ours, ours.keySet(), theirs.keySet())
                                .values()
                        : members(path, base, theirs, ours).values());
    }

    /** The keys of the first map that the second one has too, in the order of the first. */
    private static List<String> common(Map<String, Object> first, Map<String, Object> second) {
        return first.keySet().stream().filter(second::containsKey).toList();
    }
}
