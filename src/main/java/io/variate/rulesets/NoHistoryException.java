package io.variate.rulesets;

/** This node has no past revisions, because its ruleset does not come from PostgreSQL. */
public final class NoHistoryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoHistoryException() {
        super("this node has no past revisions: its ruleset does not come from PostgreSQL", null, false, false);
    }
}
