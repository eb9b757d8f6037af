package io.variate.client;

import io.variate.bus.FailureCode;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/** A failed evaluation. Has no stack trace, because it is an expected outcome and not a defect. */
public final class EvaluationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final FailureCode code;

    EvaluationException(FailureCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** Converts a failure of the event bus. */
    static EvaluationException of(@Nullable Throwable failure) {
        if (!(failure instanceof ReplyException reply)) {
            return new EvaluationException(FailureCode.NO_EVALUATOR, "no evaluator is reachable: " + failure);
        }
        String message = String.valueOf(reply.getMessage());
        return switch (reply.failureType()) {
            case NO_HANDLERS -> new EvaluationException(FailureCode.NO_EVALUATOR, "no evaluator is reachable");
            case TIMEOUT -> new EvaluationException(FailureCode.TIMEOUT, "the evaluator did not answer in time");
            case ERROR -> new EvaluationException(FailureCode.INTERNAL, message);
            case RECIPIENT_FAILURE -> {
                FailureCode code = FailureCode.of(reply.failureCode());
                yield new EvaluationException(code == null ? FailureCode.INTERNAL : code, message);
            }
        };
    }

    /** Why the evaluation failed. */
    public FailureCode code() {
        return code;
    }
}
