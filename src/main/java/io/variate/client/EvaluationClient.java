package io.variate.client;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;

/**
 * Asks evaluators over the event bus.
 *
 * <p>Thread-safe; one instance serves a whole application. Futures complete on the caller's Vert.x context, or fail
 * with an {@link EvaluationException}.
 */
public final class EvaluationClient {
    private final EventBus bus;
    private final boolean thisNodeFirst;
    private final DeliveryOptions onThisNode;
    private final DeliveryOptions anywhere;

    private EvaluationClient(Vertx vertx, Duration timeout, boolean thisNodeFirst) {
        this.bus = vertx.eventBus();
        this.thisNodeFirst = thisNodeFirst;
        this.onThisNode =
                new DeliveryOptions().setSendTimeout(timeout.toMillis()).setLocalOnly(true);
        this.anywhere = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        MessageCodecs.register(bus);
    }

    /** A client that asks the evaluators of all nodes in turn. */
    public static EvaluationClient ofCluster(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, false);
    }

    /** A client that asks the evaluators of this node, and others only while this node has none that is ready. */
    public static EvaluationClient ofThisNodeFirst(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, true);
    }

    /** Asks for one user's variants. */
    public Future<EvaluationResponse> evaluate(EvaluationRequest request) {
        if (!thisNodeFirst) {
            return ask(Addresses.EVALUATE, request, anywhere);
        }
        return ask(Addresses.EVALUATE_ON_THIS_NODE, request, onThisNode)
                .recover(failure -> anotherNodeMayAnswer(failure)
                        ? ask(Addresses.EVALUATE, request, anywhere)
                        : Future.failedFuture(failure));
    }

    private Future<EvaluationResponse> ask(String address, EvaluationRequest request, DeliveryOptions options) {
        return bus.<EvaluationResponse>request(address, request, options)
                .transform((message, failure) ->
                        failure == null ? Future.succeededFuture(message.body()) : Future.failedFuture(typed(failure)));
    }

    private static boolean anotherNodeMayAnswer(Throwable failure) {
        return failure instanceof EvaluationException typed
                && (typed.code() == FailureCode.NO_EVALUATOR || typed.code() == FailureCode.NOT_READY);
    }

    private static EvaluationException typed(Throwable failure) {
        if (!(failure instanceof ReplyException reply)) {
            return new EvaluationException(FailureCode.INTERNAL, String.valueOf(failure.getMessage()));
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
}
