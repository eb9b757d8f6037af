package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the tree of one JSON document in one scan over its text. Used once, by one thread. */
final class JsonReader {

    private final JsonScanner scanner;
    private final boolean refusesRepeatedKeys;
    private int depth;

    JsonReader(String text, boolean refusesRepeatedKeys) {
        this.scanner = new JsonScanner(text);
        this.refusesRepeatedKeys = refusesRepeatedKeys;
    }

    @Nullable
    Object readDocument() {
        Object value = readValue();
        scanner.requireEnd();
        return value;
    }

    private @Nullable Object readValue() {
        return switch (scanner.peekToken()) {
            case '{' -> readObject();
            case '[' -> readArray();
            case '"' -> scanner.readString();
            case 't' -> scanner.readWord("true", true);
            case 'f' -> scanner.readWord("false", false);
            case 'n' -> scanner.readWord("null", null);
            default -> scanner.readNumber();
        };
    }

    private Map<String, @Nullable Object> readObject() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        enter();
        if (scanner.peekToken() != '}') {
            readMember(members);
            while (scanner.passCommaBefore('}')) {
                readMember(members);
            }
        }
        leave();
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
        enter();
        if (scanner.peekToken() != ']') {
            elements.add(readValue());
            while (scanner.passCommaBefore(']')) {
                elements.add(readValue());
            }
        }
        leave();
        return elements;
    }

    private void enter() {
        if (++depth > Json.MAX_DEPTH) {
            throw scanner.failure("arrays and objects are nested deeper than " + Json.MAX_DEPTH + " levels");
        }
        scanner.skip();
    }

    private void leave() {
        depth--;
        scanner.skip();
    }
}
