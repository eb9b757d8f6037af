package io.variate.client;

import io.variate.bus.FailureCode;

/** An evaluation that was not answered; carries no stack trace, for it is an outcome and not a defect. */
public final class EvaluationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final FailureCode code;

    EvaluationException(FailureCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** Why there is no answer. */
    public FailureCode code() {
        return code;
    }
}
