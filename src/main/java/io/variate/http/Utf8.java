package io.variate.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads UTF-8 strictly: what is wrong is an error, where lenient readers put a replacement character and so give two
 * users one identity.
 */
final class Utf8 {
    private static final char REPLACEMENT = '\ufffd';

    private Utf8() {}

    /**
     * The text of the first bytes of an array.
     *
     * @param path what to blame
     * @throws InvalidRequestException if it is not valid UTF-8
     */
    static String decode(byte[] bytes, int length, String path) {
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
        // A replacement character may have been sent as such; then the bytes come back the same.
        if (text.indexOf(REPLACEMENT) >= 0 && !isEncoded(text, bytes, length)) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_encoding", "the value is not valid UTF-8", path));
        }
        return text;
    }

    private static boolean isEncoded(String text, byte[] bytes, int length) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.equals(encoded, 0, encoded.length, bytes, 0, length);
    }
}
