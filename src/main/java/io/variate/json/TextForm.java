package io.variate.json;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts values to the text that operators and hashes use. */
public final class TextForm {

    private TextForm() {}

    /** Returns a string as it is, a container as JSON, and any other value as {@code toString()}. */
    public static String of(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Map || value instanceof Collection) {
            return Json.write(value);
        }
        return value.toString();
    }

    /** Returns the text of an id: a non-empty string, a number or a boolean; null for anything else. */
    public static @Nullable String ofId(@Nullable Object value) {
        String text = ofScalar(value);
        return text == null || text.isEmpty() ? null : text;
    }

    /** Returns the text of a string, number or boolean; null for anything else. */
    public static @Nullable String ofScalar(@Nullable Object value) {
        return value == null || value instanceof Map || value instanceof Collection ? null : value.toString();
    }
}
