package io.variate.web.decoding;

import io.vertx.core.internal.net.RFC3986;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/** Reads path parameters strictly, in the same way for all routes: split first, then decoded once. */
public final class RequestPath {
    private RequestPath() {}

    /**
     * The last segment of the path, decoded.
     *
     * @param name the path parameter that an error names
     * @throws UnacceptableRequestException if the segment is not valid UTF-8, or contains a NUL character
     */
    public static String last(RoutingContext context, String name) {
        String path = context.normalizedPath();
        int end = path.endsWith("/") ? path.length() - 1 : path.length();
        int start = path.lastIndexOf('/', end - 1) + 1;
        return decode(path, start, end, name);
    }

    /**
     * Normalizes a path as the router does: without unnecessary escapes and dot segments.
     *
     * @param path as sent; a path with malformed escapes, which never reaches the router, is returned unchanged
     */
    public static String normalized(String path) {
        try {
            return RFC3986.normalizePath(path);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    /** All segments of a path, not decoded, without leading empty ones. */
    public static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            end = end < 0 ? path.length() : end;
            if (end > start || !parts.isEmpty()) {
                parts.add(path.substring(start, end));
            }
            start = end + 1;
        }
        return parts;
    }

    /**
     * Decodes one segment.
     *
     * @param name the path parameter that an error names
     * @throws UnacceptableRequestException as for {@link #last}
     */
    public static String decode(String part, String name) {
        return decode(part, 0, part.length(), name);
    }

    private static String decode(String path, int start, int end, String name) {
        String text = Escapes.decode(path, start, end, false, name);
        if (text.indexOf('\0') >= 0) {
            throw new UnacceptableRequestException(
                    400, "invalid_parameter", "the value must not contain a NUL character", name);
        }
        return text;
    }
}
