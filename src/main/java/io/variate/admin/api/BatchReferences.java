package io.variate.admin.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Replaces references to resources that earlier writes of a batch create. */
final class BatchReferences {
    /** Members whose content is data. */
    private static final Set<String> DATA =
            Set.of("payload", "definition", "values", "inclusions", "users", "name", "description");

    private BatchReferences() {}

    /**
     * A tree in which texts and names of members that are references are replaced.
     *
     * @param references placeholders by the text of the reference
     */
    static @Nullable Object resolved(@Nullable Object tree, Map<String, String> references) {
        if (references.isEmpty()) {
            return tree;
        }
        if (tree instanceof Map<?, ?> members) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((key, value) -> {
                String name = String.valueOf(key);
                copy.put(
                        references.getOrDefault(name, name), DATA.contains(name) ? value : resolved(value, references));
            });
            return copy;
        }
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(resolved(element, references)));
            return copy;
        }
        return tree instanceof String text ? references.getOrDefault(text, text) : tree;
    }
}
