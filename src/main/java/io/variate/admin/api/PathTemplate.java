package io.variate.admin.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A path below {@code /api/1}, such as {@code /flags/{id}/variants/{variant}}.
 *
 * @param segments literal segments, and names of parameters in braces
 */
record PathTemplate(List<String> segments) {
    /** Where all paths of the management API start. */
    static final String BASE = "/api/1";

    /** @param path with a leading slash */
    static PathTemplate of(String path) {
        return new PathTemplate(List.of(path.substring(1).split("/")));
    }

    /** The path for the router of the HTTP server. */
    String route() {
        return BASE
                + segments.stream()
                        .map(segment -> isParameter(segment) ? "/:" + name(segment) : "/" + segment)
                        .collect(Collectors.joining());
    }

    /**
     * The parameters of a path, in its order.
     *
     * @param path the decoded segments of a path below {@link #BASE}
     * @return null if the path does not match
     */
    @Nullable
    Map<String, String> match(List<String> path) {
        if (path.size() != segments.size()) {
            return null;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String segment = segments.get(i);
            if (isParameter(segment)) {
                parameters.put(name(segment), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return null;
            }
        }
        return parameters;
    }

    /** The names of the parameters, in the order of the path. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (String segment : segments) {
            if (isParameter(segment)) {
                names.add(name(segment));
            }
        }
        return names;
    }

    private static boolean isParameter(String segment) {
        return segment.startsWith("{");
    }

    private static String name(String segment) {
        return segment.substring(1, segment.length() - 1);
    }
}
