package io.variate.json;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses JSON text into plain trees and writes them, strictly by RFC 8259.
 *
 * <p>A tree consists of {@link java.util.LinkedHashMap} (entries in text order), {@link java.util.ArrayList}, {@link
 * String}, {@link Boolean}, {@link Long}, {@link Double} and null. A number without a fraction is a {@code Long} if its
 * value is integral and fits 64 bits ({@code 7}, {@code -0}, {@code 1e3}); every other number is a {@code Double}
 * ({@code 1.0}, {@code 1e-3}, {@code 1e400}, which is infinite). Escaped lone surrogates are legal.
 *
 * <p>Stateless, hence thread-safe.
 */
public final class Json {

    /** The maximum nesting of arrays and objects. Deeper text is rejected to protect the stack. */
    public static final int MAX_DEPTH = 128;

    private Json() {}

    /**
     * Parses one document. If a key occurs twice in an object, the last member wins.
     *
     * @throws JsonException if the text is not exactly one JSON value, or nests deeper than {@link #MAX_DEPTH}
     */
    public static @Nullable Object parse(String text) {
        return new JsonReader(text, false, false).readDocument();
    }

    /**
     * Parses one document like {@link #parse}, but keeps the text of each number whose value would lose it, so that
     * {@link #write} reproduces the number as written. Such numbers are {@link Number}s but neither {@code Long} nor
     * {@code Double}; see {@link #typed}.
     *
     * @throws JsonException like {@link #parse}
     */
    public static @Nullable Object parseExact(String text) {
        return new JsonReader(text, false, true).readDocument();
    }

    /** Converts a tree of {@link #parseExact} or {@link #parseStrict} to the tree that {@link #parse} returns. */
    public static @Nullable Object typed(@Nullable Object tree) {
        return WrittenNumber.typed(tree);
    }

    /**
     * Parses one document like {@link #parseExact}, but rejects objects with duplicate keys.
     *
     * @throws JsonException like {@link #parse}, and for a duplicate key, with its path
     */
    public static @Nullable Object parseStrict(String text) {
        return new JsonReader(text, true, true).readDocument();
    }

    /**
     * Parses values with nothing but white space between them, such as newline-delimited JSON, each like {@link
     * #parseStrict}.
     *
     * @param limit reads at most so many values, and ignores the rest of the text
     * @throws JsonException like {@link #parseStrict}
     */
    public static List<@Nullable Object> parseSequence(String text, int limit) {
        JsonScanner scanner = new JsonScanner(text);
        JsonReader reader = JsonReader.strict(scanner);
        List<@Nullable Object> values = new ArrayList<>();
        while (values.size() < limit && scanner.hasNext()) {
            values.add(reader.readValue());
        }
        return values;
    }

    /**
     * Writes a tree compactly: no white space, entries in order, only mandatory escapes. A non-finite number becomes
     * {@code null}. An object of any other type becomes the string of its {@code toString()}.
     */
    public static String write(@Nullable Object tree) {
        StringBuilder out = new StringBuilder();
        new JsonWriter(out).write(tree);
        return out.toString();
    }
}
