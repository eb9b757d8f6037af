package io.variate.assignments;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes compact JSON in UTF-8 to a reusable array that grows. A lone surrogate, which UTF-8 cannot encode, is escaped, so
 * that every text survives a round trip. Confined to one thread.
 */
final class JsonBytes {
    private static final byte[] HEX = ascii("0123456789abcdef");

    /** Tens digit of each number below 100. */
    private static final byte[] TENS = new byte[100];

    private static final byte[] UNITS = new byte[100];

    static {
        for (int i = 0; i < 100; i++) {
            TENS[i] = (byte) ('0' + i / 10);
            UNITS[i] = (byte) ('0' + i % 10);
        }
    }

    /** Bytes of the longest encoding of a char, an escape of six characters. */
    private static final int LONGEST_CHAR = 6;

    private static final int LONGEST_NUMBER = 20;
    private static final int INITIAL_CAPACITY = 1 << 10;

    /** A larger array is released at the next use, so that one huge event does not occupy memory for ever. */
    private static final int LARGEST_KEPT = 1 << 20;

    private byte[] array = new byte[INITIAL_CAPACITY];
    private int length;

    /** Bytes of an ASCII text. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Holds the written bytes from index 0; valid until the next use. */
    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(array, length);
    }

    JsonBytes clear() {
        length = 0;
        if (array.length > LARGEST_KEPT) {
            array = new byte[INITIAL_CAPACITY];
        }
        return this;
    }

    JsonBytes raw(byte[] bytes) {
        return raw(bytes, 0, bytes.length);
    }

    JsonBytes raw(JsonBytes other) {
        return raw(other.array, 0, other.length);
    }

    private JsonBytes raw(byte[] bytes, int from, int count) {
        reserve(count);
        System.arraycopy(bytes, from, array, length, count);
        length += count;
        return this;
    }

    JsonBytes raw(char ascii) {
        reserve(1);
        array[length++] = (byte) ascii;
        return this;
    }

    /** Copies the content of the string at the end of another text, whose opening quote is at an offset. */
    JsonBytes contentOf(JsonBytes other, int opening) {
        return raw(other.array, opening + 1, other.length - opening - 2);
    }

    /** Encoded members with a leading comma, which is skipped for the first members of an object. */
    JsonBytes members(byte[] members, boolean first) {
        return first ? raw(members, 1, members.length - 1) : raw(members);
    }

    JsonBytes number(long value) {
        // Digits are written backwards beyond the target, and then moved.
        reserve(2 * LONGEST_NUMBER);
        int end = length + 2 * LONGEST_NUMBER;
        int at = end;
        // Negative, because Long.MIN_VALUE has no positive counterpart.
        long rest = value < 0 ? value : -value;
        while (rest <= -10) {
            long hundreds = rest / 100;
            int pair = (int) (hundreds * 100 - rest);
            array[--at] = UNITS[pair];
            array[--at] = TENS[pair];
            rest = hundreds;
        }
        if (rest != 0 || at == end) {
            array[--at] = (byte) ('0' - rest);
        }
        if (value < 0) {
            array[--at] = '-';
        }
        return raw(array, at, end - at);
    }

    JsonBytes string(String text) {
        return raw('"').content(text).raw('"');
    }

    JsonBytes object(Map<String, List<String>> members) {
        raw('{');
        for (Map.Entry<String, List<String>> member : members.entrySet()) {
            separator('{').string(member.getKey()).raw(':').raw('[');
            for (String element : member.getValue()) {
                separator('[').string(element);
            }
            raw(']');
        }
        return raw('}');
    }

    /** The content of a string, escaped, without quotes. */
    JsonBytes content(String text) {
        reserve(text.length() * LONGEST_CHAR);
        byte[] out = array;
        int at = length;
        int end = text.length();
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
                out[at++] = (byte) c;
            } else if (c < 0x80) {
                at = escape(out, at, c);
            } else {
                at = beyondAscii(out, at, text, i);
                i += isPair(text, i) ? 1 : 0;
            }
        }
        length = at;
        return this;
    }

    /** Text that is already JSON. */
    JsonBytes json(String json) {
        reserve(json.length() * LONGEST_CHAR);
        int at = length;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c < 0x80) {
                array[at++] = (byte) c;
            } else {
                at = beyondAscii(array, at, json, i);
                i += isPair(json, i) ? 1 : 0;
            }
        }
        length = at;
        return this;
    }

    private JsonBytes separator(char opening) {
        return array[length - 1] == opening ? this : raw(',');
    }

    private static boolean isPair(String text, int i) {
        return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
    }

    private static int beyondAscii(byte[] out, int from, String text, int i) {
        char c = text.charAt(i);
        int at = from;
        if (c < 0x800) {
            out[at++] = (byte) (0xc0 | c >> 6);
        } else if (isPair(text, i)) {
            int point = text.codePointAt(i);
            out[at++] = (byte) (0xf0 | point >> 18);
            out[at++] = (byte) (0x80 | (point >> 12 & 0x3f));
            out[at++] = (byte) (0x80 | (point >> 6 & 0x3f));
            out[at++] = (byte) (0x80 | (point & 0x3f));
            return at;
        } else if (Character.isSurrogate(c)) {
            return hexadecimal(out, at, c);
        } else {
            out[at++] = (byte) (0xe0 | c >> 12);
            out[at++] = (byte) (0x80 | (c >> 6 & 0x3f));
        }
        out[at++] = (byte) (0x80 | (c & 0x3f));
        return at;
    }

    private static int escape(byte[] out, int at, char c) {
        char letter =
                switch (c) {
                    case '"', '\\' -> c;
                    case '\b' -> 'b';
                    case '\t' -> 't';
                    case '\n' -> 'n';
                    case '\f' -> 'f';
                    case '\r' -> 'r';
                    default -> 0;
                };
        if (letter == 0) {
            return hexadecimal(out, at, c);
        }
        out[at] = '\\';
        out[at + 1] = (byte) letter;
        return at + 2;
    }

    private static int hexadecimal(byte[] out, int from, char c) {
        int at = from;
        out[at++] = '\\';
        out[at++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            out[at++] = HEX[c >> shift & 0xf];
        }
        return at;
    }

    private void reserve(int more) {
        if (array.length - length < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(length, more)));
        }
    }
}
