package io.variate.web.decoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads UTF-8 strictly: malformed bytes are an error, where lenient readers put a replacement character and so give two
 * users one identity.
 */
public final class StrictUtf8 {
    private static final char REPLACEMENT = '\ufffd';

    private StrictUtf8() {}

    /** The text of the first bytes of an array; null if they are not valid UTF-8. */
    public static @Nullable String decode(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
        // A replacement character may have been sent as such; then the bytes come back the same.
        return text.indexOf(REPLACEMENT) >= 0 && !isEncoded(text, bytes, length) ? null : text;
    }

    private static boolean isEncoded(String text, byte[] bytes, int length) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.equals(encoded, 0, encoded.length, bytes, 0, length);
    }
}
