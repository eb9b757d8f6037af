package io.variate.json;

import java.util.List;

/**
 * Collects problems at and below one path of a document. Not thread-safe.
 *
 * @param path the path to which steps are appended
 * @param found the problems so far; shared by all instances for the same document
 */
public record Problems(String path, List<Problem> found) {

    /**
     * Adds an error.
     *
     * @param step from this path to the invalid value, such as {@code .salt}; may be empty
     */
    public void add(String step, String reason) {
        found.add(new Problem(path + step, reason));
    }

    /**
     * Adds a warning, for values that may be intended.
     *
     * @param step as in {@link #add}
     */
    public void warn(String step, String reason) {
        found.add(new Problem(Problem.Severity.WARNING, path + step, reason));
    }

    /** Adds a problem whose path is relative to this path. */
    public void addRelative(Problem problem) {
        found.add(new Problem(problem.severity(), path + problem.path(), problem.reason()));
    }

    /** The problems of a member of this object. If this path is empty, the path of the member is its name. */
    public Problems member(String key) {
        String step = JsonPath.step(key);
        return new Problems(path.isEmpty() && step.startsWith(".") ? step.substring(1) : path + step, found);
    }

    /** The problems of an element of this array. */
    public Problems element(int index) {
        return new Problems(JsonPath.element(path, index), found);
    }
}
