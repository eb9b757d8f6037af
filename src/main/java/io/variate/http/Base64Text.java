package io.variate.http;

import java.util.Arrays;

/**
 * Reads the text in base64, in all the dialects of SDKs: either alphabet, even both at once, with padding or without,
 * white space anywhere.
 *
 * <p>A user travels so in a header of each request, hence four characters at a time.
 */
final class Base64Text {
    private static final byte OTHER = -1;
    private static final byte SPACE = -2;
    private static final byte PADDING = -3;
    private static final byte[] SEXTETS = sextets();

    private Base64Text() {}

    /**
     * The text that was encoded.
     *
     * @param path what to blame
     * @throws InvalidRequestException if it is no base64, or of bytes that are not valid UTF-8
     */
    static String decode(String encoded, String path) {
        byte[] bytes = new byte[encoded.length() / 4 * 3 + 2];
        int read = 0;
        int written = 0;
        while (read + 4 <= encoded.length()) {
            int bits = sextet(encoded, read) << 18
                    | sextet(encoded, read + 1) << 12
                    | sextet(encoded, read + 2) << 6
                    | sextet(encoded, read + 3);
            if (bits < 0) {
                break;
            }
            bytes[written] = (byte) (bits >> 16);
            bytes[written + 1] = (byte) (bits >> 8);
            bytes[written + 2] = (byte) bits;
            read += 4;
            written += 3;
        }
        return Utf8.decode(bytes, decodeRest(encoded, read, bytes, written, path), path);
    }

    /** Goes on with the tail, or from where something else than a sextet stands. Returns how many bytes there are. */
    private static int decodeRest(String encoded, int from, byte[] bytes, int already, String path) {
        int written = already;
        int bits = 0;
        int count = 0;
        boolean padded = false;
        for (int i = from; i < encoded.length(); i++) {
            int sextet = sextet(encoded, i);
            if (sextet == PADDING) {
                padded = true;
            } else if (sextet >= 0 && !padded) {
                bits = bits << 6 | sextet;
                count++;
                if (count % 4 != 1) {
                    bytes[written++] = (byte) (bits >> (8 - count % 4 * 2) % 8);
                }
            } else if (sextet != SPACE) {
                throw invalid(path);
            }
        }
        if (count % 4 == 1) {
            throw invalid(path);
        }
        return written;
    }

    private static int sextet(String encoded, int index) {
        char c = encoded.charAt(index);
        return c < SEXTETS.length ? SEXTETS[c] : OTHER;
    }

    private static byte[] sextets() {
        byte[] sextets = new byte[128];
        Arrays.fill(sextets, OTHER);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for (int i = 0; i < alphabet.length(); i++) {
            sextets[alphabet.charAt(i)] = (byte) i;
        }
        sextets['+'] = 62;
        sextets['-'] = 62;
        sextets['/'] = 63;
        sextets['_'] = 63;
        sextets['='] = PADDING;
        for (char space : " \t\r\n".toCharArray()) {
            sextets[space] = SPACE;
        }
        return sextets;
    }

    private static InvalidRequestException invalid(String path) {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_encoding", "the value is not valid base64", path));
    }
}
