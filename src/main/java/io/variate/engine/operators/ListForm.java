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
 * A value as a list: a collection, or a text that is one JSON array from its first character on. Nulls are left out.
 * Thread-safe.
 */
public final class ListForm {

    /** The form of what is no list. */
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

    /** Tells at a glance that most values are no lists. */
    static boolean isRuledOut(Object value) {
        return value instanceof String text ? !mayBeArray(text) : !(value instanceof Collection);
    }

    static ListForm of(Object value) {
        Collection<?> elements = value instanceof String text ? parse(text) : (Collection<?>) value;
        return elements == null ? NONE : new ListForm(elements);
    }

    public Property[] elements() {
        return elements;
    }

    /** The distinct texts of the elements. */
    public Set<String> texts() {
        Set<String> distinct = texts;
        if (distinct == null) {
            Set<String> collected = new HashSet<>(elements.length * 2);
            for (Property element : elements) {
                collected.add(element.text());
            }
            // Not Set.copyOf, whose sets take quadratic time for texts that were chosen to collide.
            distinct = Collections.unmodifiableSet(collected);
            texts = distinct;
        }
        return distinct;
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
