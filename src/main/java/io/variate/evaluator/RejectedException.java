package io.variate.evaluator;

import io.variate.bus.FailureCode;

/** A request that gets no answer; carries no stack trace, for it is an outcome and not a defect. */
final class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final FailureCode code;

    RejectedException(FailureCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    FailureCode code() {
        return code;
    }
}
