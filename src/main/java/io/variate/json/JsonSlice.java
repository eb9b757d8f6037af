package io.variate.json;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A value as it stands in a JSON text, which is known to be well-formed: for those who pass parts of a text on, to the
 * letter. Immutable; keeps the whole text.
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
     * The value of a document, nested as deeply as it likes.
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
     * @param name what the key says, escapes resolved
     * @param key the key as it is written, in its quotes
     */
    public record Member(String name, JsonSlice key, JsonSlice value) {}

    /** How many levels of arrays and objects the value has; 0 if it is neither. */
    public int depth() {
        return depth;
    }

    /** Whether it is an object. */
    public boolean isObject() {
        return text.charAt(start) == '{';
    }

    /** Whether it is an array. */
    public boolean isArray() {
        return text.charAt(start) == '[';
    }

    /** Whether it is a string. */
    public boolean isString() {
        return text.charAt(start) == '"';
    }

    /** Whether it is null. */
    public boolean isNull() {
        return text.charAt(start) == 'n';
    }

    /** What a string says, escapes resolved. */
    public String string() {
        return new JsonScanner(text, start).readString();
    }

    /**
     * The members of an object, in order, repeated keys included.
     *
     * @param most how many; further ones are left out, for each takes many times the room of its text
     */
    public List<Member> members(int most) {
        List<Member> members = new ArrayList<>();
        JsonScanner scanner = new JsonScanner(text, start);
        boolean more = enter(scanner, '}');
        for (; more && members.size() < most; more = scanner.passCommaBefore('}')) {
            scanner.peekToken();
            JsonSlice key = next(text, scanner);
            scanner.passColon();
            members.add(new Member(key.string(), key, next(text, scanner)));
        }
        return members;
    }

    /**
     * The elements of an array, in order.
     *
     * @param most how many; further ones are left out
     */
    public List<JsonSlice> elements(int most) {
        List<JsonSlice> elements = new ArrayList<>();
        JsonScanner scanner = new JsonScanner(text, start);
        boolean more = enter(scanner, ']');
        for (; more && elements.size() < most; more = scanner.passCommaBefore(']')) {
            elements.add(next(text, scanner));
        }
        return elements;
    }

    private static boolean enter(JsonScanner scanner, char close) {
        scanner.skip();
        return scanner.peekToken() != close;
    }

    /** The text of the value. */
    @Override
    public String toString() {
        return text.substring(start, end);
    }

    private static JsonSlice next(String text, JsonScanner scanner) {
        scanner.peekToken();
        int start = scanner.offset();
        int depth = new Passage(scanner).pass();
        return new JsonSlice(text, start, scanner.offset(), depth);
    }

    /** Passes a value without recursion: no depth is too much for the stack. */
    private static final class Passage {
        private final JsonScanner scanner;

        /** Which of the levels that are open are objects; the others are arrays. */
        private final BitSet objects = new BitSet();

        private int level;
        private int deepest;

        Passage(JsonScanner scanner) {
            this.scanner = scanner;
        }

        /** Answers how many levels there were. */
        int pass() {
            do {
                if (!enter()) {
                    leave();
                }
                if (level > 0 && objects.get(level - 1)) {
                    scanner.peekToken();
                    scanner.passKey();
                    scanner.passColon();
                }
            } while (level > 0);
            return deepest;
        }

        /** Passes a scalar or something empty, or else enters what is there and answers true. */
        private boolean enter() {
            char token = scanner.peekToken();
            if (token != '{' && token != '[') {
                passScalar(token);
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

        /** Leaves all levels that end here, and passes the comma of the one that goes on. */
        private void leave() {
            while (level > 0 && !scanner.passCommaBefore(close())) {
                scanner.skip();
                level--;
            }
        }

        private char close() {
            return objects.get(level - 1) ? '}' : ']';
        }

        private void passScalar(char token) {
            switch (token) {
                case '"' -> scanner.passString();
                case 't' -> scanner.readWord("true", true);
                case 'f' -> scanner.readWord("false", false);
                case 'n' -> scanner.readWord("null", null);
                default -> scanner.passNumber();
            }
        }
    }
}
