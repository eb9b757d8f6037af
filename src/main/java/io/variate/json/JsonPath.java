package io.variate.json;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Names places inside JSON documents. Finding the place of an offset walks the text again, so that the reader itself
 * need not keep track of where it is.
 */
public final class JsonPath {

    /** One array or object that is open: the current key of an object, or the current index of an array. */
    private static final class Open {
        private final boolean array;
        private int index;
        private @Nullable String key;

        private Open(boolean array) {
            this.array = array;
        }

        private String step() {
            if (array) {
                return "[" + index + "]";
            }
            return key == null ? "" : JsonPath.step(key);
        }

        private void next() {
            index++;
            key = null;
        }
    }

    private final String text;
    private final Deque<Open> open = new ArrayDeque<>();

    private JsonPath(String text) {
        this.text = text;
    }

    /** The path of the value at an offset, given that the text before the offset is well-formed. */
    static String at(String text, int offset) {
        JsonPath path = new JsonPath(text);
        int at = 0;
        while (at < offset) {
            at = path.advance(at, offset);
        }
        StringBuilder steps = new StringBuilder("$");
        path.open.descendingIterator().forEachRemaining(level -> steps.append(level.step()));
        return steps.toString();
    }

    /** The place of a flag that is known by its key, not by its position in a document. */
    public static String flag(String key) {
        return "flags" + step(key);
    }

    /**
     * The step from an object to its member: {@code .name}, or {@code ["any text"]} where a bare name would mislead.
     */
    static String step(String key) {
        return isBareName(key) ? "." + key : "[" + Json.write(key) + "]";
    }

    private int advance(int at, int limit) {
        Open level = open.peek();
        switch (text.charAt(at)) {
            case '{' -> open.push(new Open(false));
            case '[' -> open.push(new Open(true));
            case '}', ']' -> open.poll();
            case ',' -> {
                if (level != null) {
                    level.next();
                }
            }
            case '"' -> {
                return skipString(at, limit, level);
            }
            default -> {}
        }
        return at + 1;
    }

    private int skipString(int start, int limit, @Nullable Open level) {
        int end = start + 1;
        while (end < limit && text.charAt(end) != '"') {
            end += text.charAt(end) == '\\' ? 2 : 1;
        }
        if (end < limit && level != null && !level.array && level.key == null) {
            level.key = (String) Json.parse(text.substring(start, end + 1));
        }
        return end + 1;
    }

    private static boolean isBareName(String key) {
        return !key.isEmpty()
                && key.chars().allMatch(c -> c == '_' || c == '-' || (c < 0x80 && Character.isLetterOrDigit(c)));
    }

    /** The path of an element of an array. */
    public static String element(String path, int index) {
        return path + "[" + index + "]";
    }
}
