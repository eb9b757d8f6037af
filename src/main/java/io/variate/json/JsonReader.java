package io.variate.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes trees of JSON values, or passes them by, in one scan over their text. Used once, by one thread. */
public final class JsonReader {

    private final JsonScanner scanner;
    private final boolean refusesRepeatedKeys;
    private final boolean keepsNumbers;
    private int depth;

    /**
     * Reads a text.
     *
     * @param keepsNumbers whether numbers remember how they were written
     */
    public JsonReader(String text, boolean refusesRepeatedKeys, boolean keepsNumbers) {
        this(new JsonScanner(text), refusesRepeatedKeys, keepsNumbers);
    }

    /** Reads numbers by their values, and of repeated keys the last. */
    public JsonReader(JsonScanner scanner) {
        this(scanner, false, false);
    }

    private JsonReader(JsonScanner scanner, boolean refusesRepeatedKeys, boolean keepsNumbers) {
        this.scanner = scanner;
        this.refusesRepeatedKeys = refusesRepeatedKeys;
        this.keepsNumbers = keepsNumbers;
    }

    @Nullable
    Object readDocument() {
        Object value = readValue();
        scanner.requireEnd();
        return value;
    }

    @Nullable
    public Object readValue() {
        return switch (scanner.peekToken()) {
            case '{' -> readObject();
            case '[' -> readArray();
            case '"' -> scanner.readString();
            case 't' -> scanner.readWord("true", true);
            case 'f' -> scanner.readWord("false", false);
            case 'n' -> scanner.readWord("null", null);
            default -> keepsNumbers ? scanner.readWrittenNumber() : scanner.readNumber();
        };
    }

    /** Reads a value only to see that it is well-formed, and keeps nothing of it. */
    public void passValue() {
        switch (scanner.peekToken()) {
            case '{' -> passObject();
            case '[' -> passArray();
            case '"' -> scanner.passString();
            case 't' -> scanner.readWord("true", true);
            case 'f' -> scanner.readWord("false", false);
            case 'n' -> scanner.readWord("null", null);
            default -> scanner.passNumber();
        }
    }

    private void passObject() {
        for (boolean more = enter('}'); more; more = passComma('}')) {
            scanner.peekToken();
            scanner.passKey();
            scanner.passColon();
            passValue();
        }
    }

    private void passArray() {
        for (boolean more = enter(']'); more; more = passComma(']')) {
            passValue();
        }
    }

    private Map<String, @Nullable Object> readObject() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (boolean more = enter('}'); more; more = passComma('}')) {
            readMember(members);
        }
        return members;
    }

    private void readMember(Map<String, @Nullable Object> members) {
        scanner.peekToken();
        int start = scanner.offset();
        String key = scanner.readKey();
        if (refusesRepeatedKeys && members.containsKey(key)) {
            throw scanner.failureSince(start, "this key occurs twice in its object");
        }
        scanner.passColon();
        members.put(key, readValue());
    }

    private List<@Nullable Object> readArray() {
        List<@Nullable Object> elements = new ArrayList<>();
        for (boolean more = enter(']'); more; more = passComma(']')) {
            elements.add(readValue());
        }
        return elements;
    }

    /**
     * Passes the opening bracket of an array or object, and its closing one too if nothing is inside.
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
     * Passes the comma after an element or member, or else the closing bracket.
     *
     * @return whether another one follows
     */
    public boolean passComma(char close) {
        return scanner.passCommaBefore(close) || leave();
    }

    private boolean leave() {
        depth--;
        scanner.skip();
        return false;
    }
}
