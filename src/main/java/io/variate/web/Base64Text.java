package io.variate.web;

import io.variate.web.decoding.StrictUtf8;
import java.util.Base64;

/**
 * Decodes base64 text in every dialect of the SDKs: either alphabet or a mixture, with or without padding, white space
 * anywhere.
 *
 * <p>Each request of an SDK carries its user in such a header. The platform's decoders, which decode many characters at a
 * time, accept what nearly all SDKs send; only the rest is normalized first.
 */
public final class Base64Text {
    private Base64Text() {}

    /**
     * Decodes a text.
     *
     * @param path the part of the request that an error names
     * @throws InvalidRequestException if the text is not base64
     * @throws io.variate.web.decoding.UnacceptableRequestException if the decoded bytes are not valid UTF-8
     */
    public static String decode(String encoded, String path) {
        byte[] bytes = bytes(encoded, path);
        return StrictUtf8.decode(bytes, bytes.length, path);
    }

    private static byte[] bytes(String encoded, String path) {
        boolean urlSafe = encoded.indexOf('-') >= 0 || encoded.indexOf('_') >= 0;
        try {
            return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(encoded);
        } catch (IllegalArgumentException e) {
            return normalizedBytes(encoded, path);
        }
    }

    private static byte[] normalizedBytes(String encoded, String path) {
        try {
            return Base64.getDecoder().decode(normalized(encoded));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_encoding", "the value is not valid base64", path));
        }
    }

    /** The text in the standard alphabet, without white space and padding. */
    private static String normalized(String encoded) {
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
