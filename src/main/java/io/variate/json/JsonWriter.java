package io.variate.json;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Appends compact JSON to a builder. Not thread-safe. */
public final class JsonWriter {

    private static final String HEX = "0123456789abcdef";

    private final StringBuilder out;

    /** Creates a writer that appends to a builder. */
    public JsonWriter(StringBuilder out) {
        this.out = out;
    }

    /** Appends a tree as {@link Json#write} describes it. */
    public void write(@Nullable Object value) {
        if (value == null || isNonFinite(value)) {
            out.append("null");
        } else if (value instanceof Map<?, ?> members) {
            writeObject(members);
        } else if (value instanceof Collection<?> elements) {
            writeArray(elements);
        } else if (value instanceof Boolean || value instanceof Number) {
            out.append(value);
        } else {
            writeString(value.toString());
        }
    }

    /** Appends a string in quotes, with only mandatory escapes. */
    public void writeString(String text) {
        out.append('"');
        int written = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                out.append(text, written, i);
                writeEscape(c);
                written = i + 1;
            }
        }
        out.append(text, written, text.length()).append('"');
    }

    private void writeObject(Map<?, ?> members) {
        char separator = '{';
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.append(separator);
            writeString(String.valueOf(member.getKey()));
            out.append(':');
            write(member.getValue());
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    private void writeArray(Collection<?> elements) {
        char separator = '[';
        for (Object element : elements) {
            out.append(separator);
            write(element);
            separator = ',';
        }
        out.append(separator == '[' ? "[]" : "]");
    }

    private void writeEscape(char c) {
        switch (c) {
            case '"', '\\' -> out.append('\\').append(c);
            case '\b' -> out.append("\\b");
            case '\t' -> out.append("\\t");
            case '\n' -> out.append("\\n");
            case '\f' -> out.append("\\f");
            case '\r' -> out.append("\\r");
            default -> out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
        }
    }

    /** Whether the value is a number that JSON cannot represent: infinite or NaN. */
    public static boolean isNonFinite(Object value) {
        return (value instanceof Double d && !Double.isFinite(d)) || (value instanceof Float f && !Float.isFinite(f));
    }
}
