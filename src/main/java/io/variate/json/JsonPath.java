package io.variate.json;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Formats paths of values inside JSON documents. The path of an offset is computed by scanning the text again, so the
 * reader does not have to track it.
 */
public final class JsonPath {

    /** An open array or object with its current index or key. */
    private static final class Level {
        private final boolean array;
        private int index;
        private @Nullable String key;

        private Level(boolean array) {
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
    private final Deque<Level> levels = new ArrayDeque<>();

    private JsonPath(String text) {
        this.text = text;
    }

    /** Returns the path of the value at an offset. The text before the offset must be well-formed. */
    static String at(String text, int offset) {
        JsonPath path = new JsonPath(text);
        int at = 0;
        while (at < offset) {
            at = path.advance(at, offset);
        }
        StringBuilder steps = new StringBuilder("$");
        path.levels.descendingIterator().forEachRemaining(level -> steps.append(level.step()));
        return steps.toString();
    }

    /** The path of a flag that is identified by its key rather than its position in a document. */
    public static String flag(String key) {
        return "flags" + step(key);
    }

    /**
     * The step from an object to a member: {@code .name}, or {@code ["any text"]} if a bare name would be ambiguous.
     */
    static String step(String key) {
        return isBareName(key) ? "." + key : "[" + LoneSurrogates.escape(Json.write(key)) + "]";
    }

    private int advance(int at, int limit) {
        Level level = levels.peek();
        switch (text.charAt(at)) {
            case '{' -> levels.push(new Level(false));
            case '[' -> levels.push(new Level(true));
            case '}', ']' -> levels.poll();
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

    private int skipString(int start, int limit, @Nullable Level level) {
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
