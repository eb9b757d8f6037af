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
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks evaluators over the event bus.
 *
 * <p>Thread-safe; one instance serves a whole application. Futures complete on the caller's Vert.x context, or fail
 * with an {@link EvaluationException}.
 *
 * <p>The event bus may choose a node that has just died or left, and then says nothing. So the first question to the
 * cluster has half of the time; a second one, which goes to the node whose turn it is then, has what remains. Where the
 * first was answered after all, the assignment is recorded twice: by the same {@code insert_id}, so that the copies can
 * be told downstream as all copies are.
 */
public final class EvaluationClient {
    /** How much later than its sender an answer is given up that came and could not be read. */
    private static final long GRACE_MILLIS = 50;

    private final EventBus bus;
    private final boolean thisNodeFirst;
    private final DeliveryOptions onThisNode;
    private final long timeoutNanos;

    private EvaluationClient(Vertx vertx, Duration timeout, boolean thisNodeFirst) {
        this.bus = vertx.eventBus();
        this.thisNodeFirst = thisNodeFirst;
        this.onThisNode =
                new DeliveryOptions().setSendTimeout(timeout.toMillis()).setLocalOnly(true);
        this.timeoutNanos = timeout.toNanos();
        MessageCodecs.register(bus);
    }

    /**
     * A client that asks the evaluators of all nodes in turn.
     *
     * @param timeout for both tries together
     */
    public static EvaluationClient ofCluster(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, false);
    }

    /**
     * A client that asks the evaluators of this node, and others only while this node has none that is ready.
     *
     * @param timeout for all tries together
     */
    public static EvaluationClient ofThisNodeFirst(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, true);
    }

    /**
     * Asks for one user's variants.
     *
     * <p>A cluster is asked once more where another node may answer: after {@link FailureCode#TIMEOUT},
     * {@link FailureCode#NO_EVALUATOR} and {@link FailureCode#NOT_READY}. Every other failure is final.
     */
    public Future<EvaluationResponse> evaluate(EvaluationRequest request) {
        long deadline = System.nanoTime() + timeoutNanos;
        if (!thisNodeFirst) {
            return askTheCluster(request, deadline);
        }
        return bus.request(Addresses.EVALUATE_ON_THIS_NODE, request, onThisNode)
                .transform(EvaluationClient::response)
                .recover(failure ->
                        isMissing(failure) ? askTheCluster(request, deadline) : Future.failedFuture(failure));
    }

    private Future<EvaluationResponse> askTheCluster(EvaluationRequest request, long deadline) {
        return askANode(request, millisUntil(deadline) / 2).recover(failure -> {
            long left = millisUntil(deadline);
            return left > 0 && (isMissing(failure) || codeOf(failure) == FailureCode.TIMEOUT)
                    ? askANode(request, left)
                    : Future.failedFuture(failure);
        });
    }

    private Future<EvaluationResponse> askANode(EvaluationRequest request, long millis) {
        long timeout = Math.max(1, millis);
        // The bus ends its own timer when an answer comes and only then decodes it: one that cannot be decoded would
        // leave its future open for ever. On this node nothing is decoded.
        return bus.request(Addresses.EVALUATE, request, new DeliveryOptions().setSendTimeout(timeout))
                .timeout(timeout + GRACE_MILLIS, TimeUnit.MILLISECONDS)
                .transform(EvaluationClient::response);
    }

    private static long millisUntil(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    private static boolean isMissing(Throwable failure) {
        FailureCode code = codeOf(failure);
        return code == FailureCode.NO_EVALUATOR || code == FailureCode.NOT_READY;
    }

    private static @Nullable FailureCode codeOf(Throwable failure) {
        return failure instanceof EvaluationException typed ? typed.code() : null;
    }

    private static Future<EvaluationResponse> response(@Nullable Message<Object> message, @Nullable Throwable failure) {
        if (message == null) {
            return Future.failedFuture(typed(failure));
        }
        try {
            return message.body() instanceof EvaluationResponse response
                    ? Future.succeededFuture(response)
                    : Future.failedFuture(unreadable("it is none of ours"));
        } catch (RuntimeException e) {
            return Future.failedFuture(unreadable(String.valueOf(e.getMessage())));
        }
    }

    private static EvaluationException unreadable(String why) {
        return new EvaluationException(FailureCode.INTERNAL, "the answer cannot be read: " + why);
    }

    private static EvaluationException typed(@Nullable Throwable failure) {
        return failure instanceof TimeoutException ? unreadable("see the log") : EvaluationException.of(failure);
    }
}
