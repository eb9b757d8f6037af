package io.variate.json;

import java.util.List;

/** Collects what is wrong below one place of a document. */
public record Problems(String path, List<Problem> found) {

    /**
     * Adds a problem.
     *
     * @param step from this place to the one in question, such as {@code .salt}; may be empty
     */
    public void add(String step, String reason) {
        found.add(new Problem(path + step, reason));
    }

    /** As {@link #add}, for what may be meant so. */
    public void warn(String step, String reason) {
        found.add(new Problem(Problem.Severity.WARNING, path + step, reason));
    }

    /** Takes over a problem whose path starts at this place. */
    public void addBelow(Problem problem) {
        found.add(new Problem(problem.severity(), path + problem.path(), problem.reason()));
    }

    public Problems member(String key) {
        return new Problems(path + JsonPath.step(key), found);
    }

    public Problems element(int index) {
        return new Problems(JsonPath.element(path, index), found);
    }
}
