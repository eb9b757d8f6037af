package io.variate.management.comparison;

import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares JSON trees. Objects are compared member by member, and lists of objects with distinct keys by their member {@code
 * key}; every other list is one value. Stateless.
 */
public final class TreeDiff {
    private TreeDiff() {}

    /** The fields that differ, in the order of the trees; null stands for an absent tree. */
    public static List<FieldChange> between(@Nullable Object before, @Nullable Object after) {
        List<FieldChange> changes = new ArrayList<>();
        Object typedBefore = before == null ? Map.of() : before;
        Object typedAfter = after == null ? Map.of() : after;
        add("", typedBefore, typedAfter, changes);
        return changes;
    }

    private static void add(String path, @Nullable Object before, @Nullable Object after, List<FieldChange> changes) {
        if (Objects.equals(before, after)) {
            return;
        }
        if (before instanceof Map<?, ?> old && after instanceof Map<?, ?> changed) {
            addMembers(path, old, changed, changes);
            return;
        }
        Map<String, Object> old = KeyedList.byKey(before);
        Map<String, Object> changed = KeyedList.byKey(after);
        int known = changes.size();
        if (old != null && changed != null) {
            addMembers(path, old, changed, changes);
        }
        // Elements with keys that only moved.
        if (changes.size() == known) {
            changes.add(new FieldChange(path, before, after));
        }
    }

    private static void addMembers(String path, Map<?, ?> before, Map<?, ?> after, List<FieldChange> changes) {
        Set<Object> keys = new LinkedHashSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (Object key : keys) {
            add(member(path, (String) key), before.get(key), after.get(key), changes);
        }
    }

    static String member(String path, String key) {
        return new Problems(path, List.of()).member(key).path();
    }
}
