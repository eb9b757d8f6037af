package io.variate.web.decoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes UTF-8 strictly: malformed bytes are an error. A lenient decoder inserts replacement characters and so maps two
 * users to one identity.
 */
public final class StrictUtf8 {
    private static final char REPLACEMENT = '\ufffd';

    private StrictUtf8() {}

    /**
     * Decodes the first bytes of an array.
     *
     * @param path the part of the request that the error names
     * @throws UnacceptableRequestException if the bytes are not valid UTF-8
     */
    public static String decode(byte[] bytes, int length, String path) {
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
        // The client may have sent a replacement character itself; then encoding returns the same bytes.
        if (text.indexOf(REPLACEMENT) >= 0 && !encodesTo(text, bytes, length)) {
            throw new UnacceptableRequestException(400, "invalid_encoding", "the value is not valid UTF-8", path);
        }
        return text;
    }

    private static boolean encodesTo(String text, byte[] bytes, int length) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.equals(encoded, 0, encoded.length, bytes, 0, length);
    }
}
