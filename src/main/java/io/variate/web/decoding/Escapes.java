package io.variate.web.decoding;

/** Decodes percent escapes strictly, in one pass. The request line has one character for each byte. */
final class Escapes {
    private static final int RADIX = 16;

    private Escapes() {}

    /** Whether each percent sign is followed by two hexadecimal digits. */
    static boolean areWellFormed(String text, int from, int to) {
        for (int i = text.indexOf('%', from); i >= 0 && i < to; i = text.indexOf('%', i + 1)) {
            if (digit(text, i + 1, to) < 0 || digit(text, i + 2, to) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Decodes a part of a text.
     *
     * @param plusIsSpace true for queries, false for paths
     * @param path the part of the request that an error names
     * @throws UnacceptableRequestException if an escape is malformed, or its bytes are not valid UTF-8
     */
    static String decode(String text, int from, int to, boolean plusIsSpace, String path) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '%' || c > 0x7f || (c == '+' && plusIsSpace)) {
                return decodeBytes(text, from, to, plusIsSpace, path);
            }
        }
        return text.substring(from, to);
    }

    private static String decodeBytes(String text, int from, int to, boolean plusIsSpace, String path) {
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = digit(text, i + 1, to);
                int low = digit(text, i + 2, to);
                if (high < 0 || low < 0) {
                    throw malformed(path);
                }
                bytes[length++] = (byte) (high * RADIX + low);
                i += 2;
            } else {
                bytes[length++] = (byte) (c == '+' && plusIsSpace ? ' ' : c);
            }
        }
        return StrictUtf8.decode(bytes, length, path);
    }

    private static UnacceptableRequestException malformed(String path) {
        return new UnacceptableRequestException(
                400, "invalid_encoding", "% must be followed by two hexadecimal digits", path);
    }

    private static int digit(String text, int index, int to) {
        if (index >= to) {
            return -1;
        }
        char c = text.charAt(index);
        return c > 0x7f ? -1 : Character.digit(c, RADIX);
    }
}
