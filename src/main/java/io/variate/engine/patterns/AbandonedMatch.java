package io.variate.engine.patterns;

/** Reports a match that was abandoned, so its outcome is unknown. Has no stack trace: it is an expected outcome. */
public final class AbandonedMatch extends RuntimeException {
    private static final long serialVersionUID = 1;

    AbandonedMatch() {
        super("pattern match abandoned", null, false, false);
    }
}
