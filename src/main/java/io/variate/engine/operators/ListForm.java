package io.variate.engine.operators;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a list value: of a collection, or of a text that is a JSON array without leading white space. Nulls
 * are omitted. Thread-safe.
 */
public final class ListForm {

    /** Marks a value that is not a list. */
    static final ListForm NONE = new ListForm(List.of());

    private final Property[] elements;
    private @Nullable Set<String> texts;

    private ListForm(Collection<?> values) {
        List<Property> present = new ArrayList<>(values.size());
        for (Object value : values) {
            if (value != null) {
                present.add(new Property(value));
            }
        }
        elements = present.toArray(Property[]::new);
    }

    /** Rules out most values that are not lists, cheaply. */
    static boolean isNoList(Object value) {
        return value instanceof String text ? !mayBeArray(text) : !(value instanceof Collection);
    }

    static ListForm of(Object value) {
        Collection<?> elements = value instanceof String text ? parse(text) : (Collection<?>) value;
        return elements == null ? NONE : new ListForm(elements);
    }

    /** Returns the elements; callers must not modify the array. */
    public Property[] elements() {
        return elements;
    }

    /** Returns the distinct texts of the elements. */
    public Set<String> texts() {
        Set<String> distinct = texts;
        if (distinct == null) {
            Set<String> collected = new HashSet<>(elements.length * 2);
            for (Property element : elements) {
                collected.add(element.text());
            }
            // Not Set.copyOf: its sets need quadratic time for texts with colliding hash codes.
            distinct = Collections.unmodifiableSet(collected);
            texts = distinct;
        }
        return distinct;
    }

    /** Avoids parsing most texts in brackets, such as {@code [draft]}, which would fail. */
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
