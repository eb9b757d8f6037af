package io.variate.web.decoding;

import io.vertx.core.internal.net.RFC3986;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/** Reads the variable parts of paths, for all routes in one way: split first, decoded once, strictly. */
public final class RequestPath {
    private RequestPath() {}

    /**
     * The last part of the path, which a route has a name for.
     *
     * @param name of the part, to blame it by
     * @throws UnacceptableRequestException if it is not valid UTF-8, or holds a NUL character
     */
    public static String last(RoutingContext context, String name) {
        String path = context.normalizedPath();
        int end = path.endsWith("/") ? path.length() - 1 : path.length();
        int start = path.lastIndexOf('/', end - 1) + 1;
        return decode(path, start, end, name);
    }

    /**
     * A path as the router reads it: without needless escapes and dotted parts.
     *
     * @param path as it was sent; one with malformed escapes, which the router never sees, is returned as it is
     */
    public static String normalized(String path) {
        try {
            return RFC3986.normalizePath(path);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    /** All parts of a path as it was sent, none decoded; those in front that are empty do not count. */
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
     * A part as text.
     *
     * @param name of the part, to blame it by
     * @throws UnacceptableRequestException as {@link #last}
     */
    public static String decode(String part, String name) {
        return decode(part, 0, part.length(), name);
    }

    private static String decode(String path, int start, int end, String name) {
        String text = Escapes.decode(path, start, end, false, name);
        if (text.indexOf('\0') >= 0) {
            throw new UnacceptableRequestException(400, "invalid_parameter", "the value holds a NUL character", name);
        }
        return text;
    }
}
