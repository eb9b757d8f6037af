package io.variate.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads or skips JSON values in one scan over their text. Single use, by one thread. */
public final class JsonReader {

    private final JsonScanner scanner;
    private final boolean rejectsDuplicateKeys;
    private final boolean keepsNumberText;
    private int depth;

    /**
     * Creates a reader for a text.
     *
     * @param keepsNumberText whether to preserve how numbers are written
     */
    JsonReader(String text, boolean rejectsDuplicateKeys, boolean keepsNumberText) {
        this(new JsonScanner(text), rejectsDuplicateKeys, keepsNumberText);
    }

    /** Creates a reader that converts numbers to their values and lets the last duplicate key win. */
    public JsonReader(JsonScanner scanner) {
        this(scanner, false, false);
    }

    /** Creates a reader that reads values as {@link Json#parseStrict} does. */
    public static JsonReader strict(JsonScanner scanner) {
        return new JsonReader(scanner, true, true);
    }

    private JsonReader(JsonScanner scanner, boolean rejectsDuplicateKeys, boolean keepsNumberText) {
        this.scanner = scanner;
        this.rejectsDuplicateKeys = rejectsDuplicateKeys;
        this.keepsNumberText = keepsNumberText;
    }

    @Nullable
    Object readDocument() {
        Object value = readValue();
        scanner.requireEnd();
        return value;
    }

    /** Reads the next value as a tree, as {@link Json} describes it. */
    @Nullable
    public Object readValue() {
        return switch (scanner.peekToken()) {
            case '{' -> readObject();
            case '[' -> readArray();
            case '"' -> scanner.readString();
            case 't' -> scanner.readLiteral("true", true);
            case 'f' -> scanner.readLiteral("false", false);
            case 'n' -> scanner.readLiteral("null", null);
            default -> keepsNumberText ? scanner.readExactNumber() : scanner.readNumber();
        };
    }

    /** Checks that the next value is well-formed and discards it. */
    public void skipValue() {
        switch (scanner.peekToken()) {
            case '{' -> skipObject();
            case '[' -> skipArray();
            case '"' -> scanner.skipString();
            case 't' -> scanner.readLiteral("true", true);
            case 'f' -> scanner.readLiteral("false", false);
            case 'n' -> scanner.readLiteral("null", null);
            default -> scanner.skipNumber();
        }
    }

    private void skipObject() {
        for (boolean more = enter('}'); more; more = advance('}')) {
            scanner.peekToken();
            scanner.skipKey();
            scanner.skipColon();
            skipValue();
        }
    }

    private void skipArray() {
        for (boolean more = enter(']'); more; more = advance(']')) {
            skipValue();
        }
    }

    private Map<String, @Nullable Object> readObject() {
        return readObject(key -> readValue());
    }

    /**
     * Reads an object, which must start here, but leaves the values of its members to a function.
     *
     * @param value given the key, consumes exactly one value with this reader
     */
    public Map<String, @Nullable Object> readObject(Function<String, @Nullable Object> value) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (boolean more = enter('}'); more; more = advance('}')) {
            readMember(members, value);
        }
        return members;
    }

    private void readMember(Map<String, @Nullable Object> members, Function<String, @Nullable Object> value) {
        scanner.peekToken();
        int start = scanner.offset();
        String key = scanner.readKey();
        if (rejectsDuplicateKeys && members.containsKey(key)) {
            throw scanner.failureSince(start, "this key occurs twice in its object");
        }
        scanner.skipColon();
        members.put(key, value.apply(key));
    }

    private List<@Nullable Object> readArray() {
        return readArray(this::readValue);
    }

    /**
     * Reads an array, which must start here, but leaves its elements to a function.
     *
     * @param element consumes exactly one value with this reader
     */
    public List<@Nullable Object> readArray(Supplier<@Nullable Object> element) {
        List<@Nullable Object> elements = new ArrayList<>();
        for (boolean more = enter(']'); more; more = advance(']')) {
            elements.add(element.get());
        }
        return elements;
    }

    /**
     * Consumes the opening bracket of an array or object, and also the closing bracket if it is empty.
     *
     * @return whether an element or member follows
     */
    public boolean enter(char close) {
        if (++depth > Json.MAX_DEPTH) {
            throw scanner.failure("arrays and objects are nested deeper than " + Json.MAX_DEPTH + " levels");
        }
        scanner.skip();
        return scanner.peekToken() != close || leave();
    }

    /**
     * Consumes the comma after an element or member, or the closing bracket.
     *
     * @return whether another element or member follows
     */
    public boolean advance(char close) {
        return scanner.skipCommaBefore(close) || leave();
    }

    private boolean leave() {
        depth--;
        scanner.skip();
        return false;
    }
}
