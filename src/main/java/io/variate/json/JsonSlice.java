package io.variate.json;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A value inside a well-formed JSON text, for callers that pass parts of a text on unchanged. Immutable; references the
 * whole text.
 */
public final class JsonSlice {
    private final String text;
    private final int start;
    private final int end;
    private final int depth;

    private JsonSlice(String text, int start, int end, int depth) {
        this.text = text;
        this.start = start;
        this.end = end;
        this.depth = depth;
    }

    /**
     * Returns the value of a document, without a limit on its nesting.
     *
     * @throws JsonException if the text is not exactly one JSON value
     */
    public static JsonSlice of(String document) {
        JsonScanner scanner = new JsonScanner(document);
        JsonSlice value = next(document, scanner);
        scanner.requireEnd();
        return value;
    }

    /**
     * A member of an object.
     *
     * @param name the key with its escapes resolved
     * @param key the key as written, including its quotes
     */
    public record Member(String name, JsonSlice key, JsonSlice value) {}

    /** The levels of arrays and objects in the value; 0 for a scalar. */
    public int depth() {
        return depth;
    }

    /** Whether the value is an object. */
    public boolean isObject() {
        return text.charAt(start) == '{';
    }

    /** Whether the value is an array. */
    public boolean isArray() {
        return text.charAt(start) == '[';
    }

    /** Whether the value is a string. */
    public boolean isString() {
        return text.charAt(start) == '"';
    }

    /** Whether the value is null. */
    public boolean isNull() {
        return text.charAt(start) == 'n';
    }

    /** Returns the content of a string with its escapes resolved. */
    public String string() {
        return new JsonScanner(text, start).readString();
    }

    /**
     * Returns the members of an object in order, including duplicate keys.
     *
     * @param limit the maximum number of members; the rest is ignored, because each member needs many times the memory
     *     of its text
     */
    public List<Member> members(int limit) {
        List<Member> members = new ArrayList<>();
        JsonScanner scanner = new JsonScanner(text, start);
        boolean more = enter(scanner, '}');
        for (; more && members.size() < limit; more = scanner.skipCommaBefore('}')) {
            scanner.peekToken();
            JsonSlice key = next(text, scanner);
            scanner.skipColon();
            members.add(new Member(key.string(), key, next(text, scanner)));
        }
        return members;
    }

    /**
     * Returns the elements of an array in order.
     *
     * @param limit the maximum number of elements; the rest is ignored
     */
    public List<JsonSlice> elements(int limit) {
        List<JsonSlice> elements = new ArrayList<>();
        JsonScanner scanner = new JsonScanner(text, start);
        boolean more = enter(scanner, ']');
        for (; more && elements.size() < limit; more = scanner.skipCommaBefore(']')) {
            elements.add(next(text, scanner));
        }
        return elements;
    }

    private static boolean enter(JsonScanner scanner, char close) {
        scanner.skip();
        return scanner.peekToken() != close;
    }

    /** Returns the text of the value. */
    @Override
    public String toString() {
        return text.substring(start, end);
    }

    private static JsonSlice next(String text, JsonScanner scanner) {
        scanner.peekToken();
        int start = scanner.offset();
        int depth = new Skipper(scanner).skip();
        return new JsonSlice(text, start, scanner.offset(), depth);
    }

    /** Skips a value without recursion, so its nesting cannot exhaust the stack. */
    private static final class Skipper {
        private final JsonScanner scanner;

        /** The open levels that are objects; the others are arrays. */
        private final BitSet objects = new BitSet();

        private int level;
        private int deepest;

        Skipper(JsonScanner scanner) {
            this.scanner = scanner;
        }

        /** Skips the value and returns its number of levels. */
        int skip() {
            do {
                if (!enter()) {
                    leave();
                }
                if (level > 0 && objects.get(level - 1)) {
                    scanner.peekToken();
                    scanner.skipKey();
                    scanner.skipColon();
                }
            } while (level > 0);
            return deepest;
        }

        /** Skips a scalar or an empty container and returns false, or enters a container and returns true. */
        private boolean enter() {
            char token = scanner.peekToken();
            if (token != '{' && token != '[') {
                skipScalar(token);
                return false;
            }
            scanner.skip();
            objects.set(level++, token == '{');
            deepest = Math.max(deepest, level);
            if (scanner.peekToken() != close()) {
                return true;
            }
            scanner.skip();
            level--;
            return false;
        }

        /** Leaves all levels that end here and consumes the comma of the level that continues. */
        private void leave() {
            while (level > 0 && !scanner.skipCommaBefore(close())) {
                scanner.skip();
                level--;
            }
        }

        private char close() {
            return objects.get(level - 1) ? '}' : ']';
        }

        private void skipScalar(char token) {
            switch (token) {
                case '"' -> scanner.skipString();
                case 't' -> scanner.readLiteral("true", true);
                case 'f' -> scanner.readLiteral("false", false);
                case 'n' -> scanner.readLiteral("null", null);
                default -> scanner.skipNumber();
            }
        }
    }
}
