package io.variate.http;

import java.util.function.BiConsumer;

/** Reads a query string strictly: a wrong escape or wrong UTF-8 is an error. */
final class QueryString {
    private QueryString() {}

    /**
     * Calls back for each parameter in order.
     *
     * @throws InvalidRequestException naming the parameter that cannot be decoded
     */
    static void forEach(String query, BiConsumer<String, String> parameter) {
        int start = 0;
        while (start <= query.length()) {
            int end = query.indexOf('&', start);
            end = end < 0 ? query.length() : end;
            if (end > start) {
                int equals = query.indexOf('=', start);
                boolean hasValue = equals >= 0 && equals < end;
                String name = decode(query, start, hasValue ? equals : end, "query");
                parameter.accept(name, hasValue ? decode(query, equals + 1, end, name) : "");
            }
            start = end + 1;
        }
    }

    /**
     * Reads a part of a path, where unlike in a query a plus sign is one.
     *
     * @param path what to blame
     */
    static String decodePath(String part, String path) {
        String escaped = part.replace("+", "%2B");
        return decode(escaped, 0, escaped.length(), path);
    }

    private static String decode(String query, int from, int to, String path) {
        for (int i = from; i < to; i++) {
            char c = query.charAt(i);
            if (c == '%' || c == '+' || c > 0x7f) {
                return decodeEscapes(query, from, to, path);
            }
        }
        return query.substring(from, to);
    }

    private static String decodeEscapes(String query, int from, int to, String path) {
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            char c = query.charAt(i);
            if (c == '%') {
                int high = digit(query, i + 1, to);
                int low = digit(query, i + 2, to);
                if (high < 0 || low < 0) {
                    throw invalid("a % is not followed by two hexadecimal digits", path);
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                // The request line reaches us one character for each byte.
                bytes[length++] = c == '+' ? (byte) ' ' : (byte) c;
            }
        }
        return Utf8.decode(bytes, length, path);
    }

    private static int digit(String query, int index, int to) {
        return index < to ? Character.digit(query.charAt(index), 16) : -1;
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest("invalid_encoding", message, path));
    }
}
