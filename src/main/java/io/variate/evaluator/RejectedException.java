package io.variate.evaluator;

import io.variate.bus.FailureCode;

/** A rejected request. Has no stack trace, because it is an expected outcome and not a defect. */
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
