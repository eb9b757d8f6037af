package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.util.Comparator;
import java.util.List;

/** A ruleset document that was refused; carries everything wrong with it. */
public final class InvalidRulesetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** A refusal for at least one problem; the message names the first of them. */
    public InvalidRulesetException(List<Problem> problems) {
        super(message(problems), null, false, false);
        this.problems = problems.stream()
                .sorted(Comparator.comparing(Problem::severity))
                .toList();
    }

    /** What is wrong and where; at least one, errors first. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(List<Problem> problems) {
        Problem first = problems.get(0);
        String more = problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)";
        return first.path() + ": " + first.reason() + more;
    }
}
