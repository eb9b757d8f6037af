package io.variate.http.events;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the member {@code api_key} in the first bytes of a JSON object. It misses a key behind an escape sequence or
 * invalid JSON; the reader of the complete body decides then.
 */
final class ApiKeySearch {
    private static final String NAME = "api_key";

    private final byte[] text;
    private int at;

    private ApiKeySearch(byte[] text) {
        this.text = text;
    }

    /** The value of the member, or null if these bytes do not contain it. */
    static @Nullable String find(byte[] start) {
        return new ApiKeySearch(start).search();
    }

    private @Nullable String search() {
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

    /** The next byte that is not white space; -1 at the end. */
    private int next() {
        while (at < text.length) {
            byte each = text[at++];
            if (each != ' ' && each != '\n' && each != '\r' && each != '\t') {
                return each;
            }
        }
        return -1;
    }

    /** The string up to its closing quotation mark; null if it is incomplete or contains an escape. */
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

    /** Skips a value whose first byte was just read; false if it is incomplete. */
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
