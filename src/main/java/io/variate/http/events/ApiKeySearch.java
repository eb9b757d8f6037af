package io.variate.http.events;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the member {@code api_key} of a JSON object of which only the first bytes are there. It may miss one, in texts with
 * escapes or that are no JSON; whoever reads the whole finds out.
 */
final class ApiKeySearch {
    private static final String NAME = "api_key";

    private final byte[] text;
    private int at;

    private ApiKeySearch(byte[] text) {
        this.text = text;
    }

    /** The value of the member, or null if it is not there yet. */
    static @Nullable String in(byte[] start) {
        return new ApiKeySearch(start).find();
    }

    private @Nullable String find() {
        if (next() != '{') {
            return null;
        }
        do {
            String name = next() == '"' ? string() : null;
            if (name == null || next() != ':') {
                return null;
            }
            int first = next();
            if (name.equals(NAME)) {
                return first == '"' ? string() : null;
            }
            if (!skip(first)) {
                return null;
            }
        } while (next() == ',');
        return null;
    }

    /** The next byte that is no white space; -1 at the end. */
    private int next() {
        while (at < text.length) {
            byte each = text[at++];
            if (each != ' ' && each != '\n' && each != '\r' && each != '\t') {
                return each;
            }
        }
        return -1;
    }

    /** The text up to the closing quotation mark; null if that is not there, or if there are escapes. */
    private @Nullable String string() {
        int start = at;
        while (at < text.length) {
            byte each = text[at++];
            if (each == '"') {
                return new String(text, start, at - 1 - start, StandardCharsets.UTF_8);
            }
            if (each == '\\') {
                return null;
            }
        }
        return null;
    }

    /** Goes to the end of a value that starts with a byte just read; false if its end is not there. */
    private boolean skip(int first) {
        int depth = 0;
        int each = first;
        while (each >= 0) {
            if (each == '"') {
                if (!skipString()) {
                    return false;
                }
            } else if (each == '{' || each == '[') {
                depth++;
            } else if (each == '}' || each == ']') {
                depth--;
            } else if (depth == 0) {
                return skipLiteral();
            }
            if (depth == 0) {
                return true;
            }
            each = next();
        }
        return false;
    }

    private boolean skipString() {
        while (at < text.length) {
            byte each = text[at++];
            if (each == '"') {
                return true;
            }
            if (each == '\\') {
                at++;
            }
        }
        return false;
    }

    private boolean skipLiteral() {
        while (at < text.length) {
            byte each = text[at];
            if (each == ',' || each == '}') {
                return true;
            }
            at++;
        }
        return false;
    }
}
