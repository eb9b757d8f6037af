package io.variate.commandline;

import io.variate.json.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The error of a line; its JSON is the same as that of HTTP errors.
 *
 * @param code stable name of the error
 * @param message the cause, for people
 * @param path the invalid part of the line, or null for the whole line
 * @param problems all problems, for errors that can have several
 */
record LineError(String code, String message, @Nullable String path, List<Problem> problems) {

    LineError(String code, String message, @Nullable String path) {
        this(code, message, path, List.of());
    }

    /** The error of invalid flags; its message and path are those of the first problem. */
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
