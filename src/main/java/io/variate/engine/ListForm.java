package io.variate.engine;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which values are lists: collections, and texts that are one JSON array from their first character on. */
final class ListForm {

    private ListForm() {}

    /** The elements of a value, nulls among them, or null for a value that is no list. */
    static @Nullable Collection<?> of(Object value) {
        if (value instanceof String text) {
            return mayBeArray(text) ? parse(text) : null;
        }
        return value instanceof Collection<?> elements ? elements : null;
    }

    /** The distinct text forms of elements, nulls left out. */
    static Set<String> texts(Collection<?> elements) {
        Set<String> texts = new HashSet<>(elements.size() * 2);
        for (Object element : elements) {
            if (element != null) {
                texts.add(TextForm.of(element));
            }
        }
        return texts;
    }

    /** Spares most texts in brackets, such as {@code [draft]}, a reading that is bound to fail. */
    private static boolean mayBeArray(String text) {
        if (text.length() < 2 || text.charAt(0) != '[') {
            return false;
        }
        char second = text.charAt(1);
        boolean startsElement = second <= ' ' || "\"[]{-0123456789tfn".indexOf(second) >= 0;
        char last = text.charAt(text.length() - 1);
        return startsElement && (last == ']' || last <= ' ');
    }

    private static @Nullable Collection<?> parse(String text) {
        try {
            return (Collection<?>) Json.parse(text);
        } catch (JsonException notAnArray) {
            return null;
        }
    }
}
