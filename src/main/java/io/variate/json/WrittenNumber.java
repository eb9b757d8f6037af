package io.variate.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A number that keeps its text, because its value alone would lose information: {@code 1e400}, {@code 0.10}, thirty
 * digits. Documents preserve the text of what they only pass on; evaluation uses the value. Immutable.
 */
final class WrittenNumber extends Number {
    private static final long serialVersionUID = 1;

    private final String text;
    private final Number value;

    private WrittenNumber(String text, Number value) {
        this.text = text;
        this.value = value;
    }

    /** Returns the value itself if its own text equals the given one. */
    static Number of(String text, Number value) {
        return value.toString().equals(text) ? value : new WrittenNumber(text, value);
    }

    /** Converts a tree to what {@link Json#parse} returns; the same object if it contains no such number. */
    static @Nullable Object typed(@Nullable Object tree) {
        if (tree instanceof WrittenNumber number) {
            return number.value;
        }
        return contains(tree) ? copyOf(tree) : tree;
    }

    private static boolean contains(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            return members.values().stream().anyMatch(WrittenNumber::contains);
        }
        if (tree instanceof Collection<?> elements) {
            return elements.stream().anyMatch(WrittenNumber::contains);
        }
        return tree instanceof WrittenNumber;
    }

    private static @Nullable Object copyOf(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((key, member) -> copy.put(key, copyOf(member)));
            return copy;
        }
        if (tree instanceof Collection<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>(elements.size());
            elements.forEach(element -> copy.add(copyOf(element)));
            return copy;
        }
        return tree instanceof WrittenNumber number ? number.value : tree;
    }

    @Override
    public int intValue() {
        return value.intValue();
    }

    @Override
    public long longValue() {
        return value.longValue();
    }

    @Override
    public float floatValue() {
        return value.floatValue();
    }

    @Override
    public double doubleValue() {
        return value.doubleValue();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WrittenNumber number && number.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Returns the text as written. */
    @Override
    public String toString() {
        return text;
    }
}
