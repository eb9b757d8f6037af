package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.util.List;

/** A change was rejected, because it would leave a deployment or the ruleset without flags, and nothing confirmed that. */
public final class WouldBeEmptyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** @param problems what would be empty, at least one; the message states the first */
    WouldBeEmptyException(List<Problem> problems) {
        super(problems.get(0).path() + ": " + problems.get(0).reason(), null, false, false);
        this.problems = List.copyOf(problems);
    }

    /** What would be empty, with paths, at least one. */
    public List<Problem> problems() {
        return problems;
    }
}
