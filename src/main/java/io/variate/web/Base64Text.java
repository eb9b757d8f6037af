package io.variate.web;

import java.util.Base64;

/**
 * Reads the text in base64, in all the dialects of SDKs: either alphabet, even both at once, with padding or without,
 * white space anywhere.
 *
 * <p>A user travels so in a header of each request. What the decoders of the platform take as it is, and nearly all
 * SDKs send that, goes through them alone: they decode many characters at a time.
 */
public final class Base64Text {
    private Base64Text() {}

    /**
     * The text that was encoded.
     *
     * @param path what to blame
     * @throws InvalidRequestException if it is no base64, or of bytes that are not valid UTF-8
     */
    public static String decode(String encoded, String path) {
        byte[] bytes = bytes(encoded, path);
        return Utf8.decode(bytes, bytes.length, path);
    }

    private static byte[] bytes(String encoded, String path) {
        boolean urlSafe = encoded.indexOf('-') >= 0 || encoded.indexOf('_') >= 0;
        try {
            return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(encoded);
        } catch (IllegalArgumentException e) {
            return bytesOfMixture(encoded, path);
        }
    }

    private static byte[] bytesOfMixture(String encoded, String path) {
        try {
            return Base64.getDecoder().decode(normalised(encoded));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_encoding", "the value is not valid base64", path));
        }
    }

    /** In the standard alphabet, without white space and padding. */
    private static String normalised(String encoded) {
        StringBuilder text = new StringBuilder(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            switch (c) {
                case ' ', '\t', '\r', '\n' -> {}
                case '-' -> text.append('+');
                case '_' -> text.append('/');
                default -> text.append(c);
            }
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '=') {
            end--;
        }
        return text.substring(0, end);
    }
}
