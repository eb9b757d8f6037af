package io.variate.web;

import io.variate.web.decoding.StrictUtf8;

/** Reads UTF-8 strictly, with errors for clients. */
public final class Utf8 {
    private Utf8() {}

    /**
     * The text of the first bytes of an array.
     *
     * @param path what to blame
     * @throws InvalidRequestException if it is not valid UTF-8
     */
    public static String decode(byte[] bytes, int length, String path) {
        String text = StrictUtf8.decode(bytes, length);
        if (text == null) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_encoding", "the value is not valid UTF-8", path));
        }
        return text;
    }
}
