package io.variate.commandline;

import io.variate.json.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was wrong with a line; in JSON the same as errors over HTTP.
 *
 * @param code stable name of the error
 * @param message what was wrong, for people
 * @param path which part of the line was wrong, or null for all of it
 * @param problems where there can be several, all of them
 */
record LineError(String code, String message, @Nullable String path, List<Problem> problems) {

    LineError(String code, String message, @Nullable String path) {
        this(code, message, path, List.of());
    }

    /** Flags that cannot be read; the first problem stands for all. */
    static LineError rejectedFlags(List<Problem> problems) {
        Problem first = problems.get(0);
        return new LineError("invalid_flags", first.reason(), first.path(), problems);
    }

    Map<String, @Nullable Object> toTree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("code", code);
        tree.put("message", message);
        if (path != null) {
            tree.put("path", path);
        }
        if (!problems.isEmpty()) {
            tree.put("problems", problems.stream().map(LineError::toTree).toList());
        }
        return tree;
    }

    private static Map<String, @Nullable Object> toTree(Problem problem) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("path", problem.path());
        tree.put("message", problem.reason());
        return tree;
    }
}
