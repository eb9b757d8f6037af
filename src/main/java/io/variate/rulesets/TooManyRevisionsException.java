package io.variate.rulesets;

/** Too many callers wait for past revisions. A retry may succeed. */
public final class TooManyRevisionsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyRevisionsException() {
        super("too many past revisions are being loaded; retry later", null, false, false);
    }
}
