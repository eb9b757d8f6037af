package io.variate.engine.patterns;

/** A pattern gave up on a text, so that nobody can say whether it matches. Carries no stack trace: it is an outcome. */
public final class AbandonedMatch extends RuntimeException {
    private static final long serialVersionUID = 1;

    AbandonedMatch() {
        super("a pattern gave up", null, false, false);
    }
}
