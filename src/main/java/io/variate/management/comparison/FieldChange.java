package io.variate.management.comparison;

import io.variate.json.Tree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A field that differs between two JSON trees. Immutable.
 *
 * @param path such as {@code targetSegments} or {@code variants.control.payload}: elements with keys are found by them
 * @param before the value before, or null if the field was absent or null
 * @param after the value after, or null if the field is absent or null
 */
public record FieldChange(
        String path, @Nullable Object before, @Nullable Object after) {
    private static final String MASK = "***";

    public FieldChange {
        before = Tree.copyOf(before);
        after = Tree.copyOf(after);
    }

    /** The same change without the values, which are secret. */
    public FieldChange masked() {
        return new FieldChange(path, before == null ? null : MASK, after == null ? null : MASK);
    }

    /** The change as a JSON object: {@code path}, {@code before} and {@code after}, absent instead of null. */
    public Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("path", path);
        if (before != null) {
            tree.put("before", before);
        }
        if (after != null) {
            tree.put("after", after);
        }
        return tree;
    }

    /** A list of changes as a JSON array. */
    public static List<Map<String, @Nullable Object>> toJson(List<FieldChange> changes) {
        return changes.stream().map(FieldChange::toJson).toList();
    }
}
