package io.variate.management.access;

import io.variate.json.Problem;
import java.util.List;

/** The definition of a token is invalid. */
public final class InvalidTokenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Transient, because exceptions are serializable and problems are not. */
    private final transient List<Problem> problems;

    InvalidTokenException(List<Problem> problems) {
        super("the token is invalid", null, false, false);
        this.problems = List.copyOf(problems);
    }

    /** All problems, at least one. */
    public List<Problem> problems() {
        return problems;
    }
}
