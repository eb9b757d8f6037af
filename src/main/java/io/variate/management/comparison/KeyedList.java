package io.variate.management.comparison;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lists whose elements are objects with distinct keys, such as variants. */
final class KeyedList {
    private KeyedList() {}

    /** The elements by their keys, in order; or null if the tree is no such list. */
    static @Nullable Map<String, Object> byKey(@Nullable Object tree) {
        if (!(tree instanceof List<?> elements)) {
            return null;
        }
        Map<String, Object> byKey = new LinkedHashMap<>();
        for (Object element : elements) {
            if (!(element instanceof Map<?, ?> members)
                    || !(members.get("key") instanceof String key)
                    || byKey.put(key, members) != null) {
                return null;
            }
        }
        return byKey;
    }
}
