package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.util.Comparator;
import java.util.List;

/** A ruleset document was rejected. Has all problems of the document. */
public final class InvalidRulesetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** @param problems at least one; the message states the first */
    public InvalidRulesetException(List<Problem> problems) {
        super(message(problems), null, false, false);
        this.problems = problems.stream()
                .sorted(Comparator.comparing(Problem::severity))
                .toList();
    }

    /** All problems with their paths, at least one, errors first. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(List<Problem> problems) {
        Problem first = problems.get(0);
        String more = problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)";
        return first.path() + ": " + first.reason() + more;
    }
}
