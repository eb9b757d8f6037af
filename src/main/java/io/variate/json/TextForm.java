package io.variate.json;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How values turn into the text that operators and hashes work on. */
public final class TextForm {

    private TextForm() {}

    public static String of(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Map || value instanceof Collection) {
            return Json.write(value);
        }
        return value.toString();
    }

    /** The text of an id: a string that is not empty, a number or a boolean; null for everything else. */
    public static @Nullable String ofId(@Nullable Object value) {
        String text = ofScalar(value);
        return text == null || text.isEmpty() ? null : text;
    }

    /** The text of a string, number or boolean; null for everything else. */
    public static @Nullable String ofScalar(@Nullable Object value) {
        return value == null || value instanceof Map || value instanceof Collection ? null : value.toString();
    }
}
