package io.variate.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Creates unmodifiable copies of JSON trees that preserve their order. */
public final class Tree {

    /** Longer texts are unlikely to be repeated. */
    private static final int MAX_SHARED_LENGTH = 64;

    private Tree() {}

    /** Copies a tree deeply. */
    public static @Nullable Object copyOf(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            return copyOfMap(members);
        }
        if (tree instanceof Collection<?> elements) {
            return copyOfList(elements);
        }
        return tree instanceof String text && text.length() <= MAX_SHARED_LENGTH ? Interner.SHARED.share(text) : tree;
    }

    /** Copies an object deeply; keys become strings. */
    public static Map<String, @Nullable Object> copyOfMap(Map<?, ?> members) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(Math.max(4, members.size() * 2));
        members.forEach((key, value) -> copy.put(String.valueOf(key), copyOf(value)));
        return CompactMap.copyOf(copy);
    }

    private static List<@Nullable Object> copyOfList(Collection<?> elements) {
        List<@Nullable Object> copy = new ArrayList<>(elements.size());
        elements.forEach(element -> copy.add(copyOf(element)));
        return Collections.unmodifiableList(copy);
    }
}
