package io.variate.admin.api;

import io.variate.json.Problem;
import io.variate.management.RejectedWriteException;
import java.util.List;

/** The body of a write is invalid: 400 with all problems. */
final class InvalidBodyException extends RejectedWriteException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** @param problems at least one */
    InvalidBodyException(List<Problem> problems) {
        super(400, "invalid_resource", problems.get(0).reason(), path(problems.get(0)));
        this.problems = List.copyOf(problems);
    }

    /** All problems, in the order of the body. */
    List<Problem> problems() {
        return problems;
    }

    private static String path(Problem problem) {
        return problem.path().isEmpty() ? "body" : problem.path();
    }
}
