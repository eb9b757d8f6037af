package io.variate.json;

import org.jspecify.annotations.Nullable;

/**
 * JSON text to a plain tree and back, strictly by RFC 8259.
 *
 * <p>A tree is made of {@link java.util.LinkedHashMap} (entries in the order of the text),
 * {@link java.util.ArrayList}, {@link String}, {@link Boolean}, {@link Long}, {@link Double} and null. A number written
 * without a fraction is a {@code Long} when its value is integral and fits 64 bits ({@code 7}, {@code -0},
 * {@code 1e3}); every other number is a {@code Double} ({@code 1.0}, {@code 1e-3}, {@code 1e400}, which is infinite).
 * Escaped lone surrogates are legal.
 *
 * <p>Stateless, hence thread-safe.
 */
public final class Json {

    /** Arrays and objects may be nested this deep; deeper text is refused rather than risking the stack. */
    public static final int MAX_DEPTH = 128;

    private Json() {}

    /**
     * Reads one document. Of two members with the same key the last one counts.
     *
     * @throws JsonException if the text is not exactly one JSON value, or nests deeper than {@link #MAX_DEPTH}
     */
    public static @Nullable Object parse(String text) {
        return new JsonReader(text, false, false).readDocument();
    }

    /**
     * Reads one document as {@link #parse} does, but numbers whose text would get lost remember it: {@link #write} writes
     * them as they were written. They are {@link Number}s, but neither {@code Long} nor {@code Double}: {@link #typed}.
     *
     * @throws JsonException as {@link #parse}
     */
    public static @Nullable Object parseExact(String text) {
        return new JsonReader(text, false, true).readDocument();
    }

    /** The tree that {@link #parse} would have made, of one that {@link #parseExact} or {@link #parseStrict} made. */
    public static @Nullable Object typed(@Nullable Object tree) {
        return WrittenNumber.typed(tree);
    }

    /**
     * Reads one document as {@link #parseExact} does, but refuses objects in which a key occurs twice.
     *
     * @throws JsonException as {@link #parse}, and for a repeated key, which its path then names
     */
    public static @Nullable Object parseStrict(String text) {
        return new JsonReader(text, true, true).readDocument();
    }

    /**
     * The compact text of a tree: no white space, entries in order. Only what must be escaped is escaped, non-finite
     * numbers become {@code null}, and an object that is none of the tree's types becomes the string of its
     * {@code toString()}.
     */
    public static String write(@Nullable Object tree) {
        StringBuilder out = new StringBuilder();
        new JsonWriter(out).write(tree);
        return out.toString();
    }
}
