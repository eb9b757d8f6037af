package io.variate.rulesets;

/** A revision was not served in time. Has no stack trace: this is an expected outcome, not a defect. */
public final class RevisionNotReachedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RevisionNotReachedException(long awaited, long served) {
        super(
                served < 0
                        ? "revision " + awaited + " was requested, but this node has no ruleset yet"
                        : "revision " + awaited + " was requested, but this node serves revision " + served,
                null,
                false,
                false);
    }
}
