package io.variate.client;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationOutcome;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.Expiring;
import io.variate.bus.FailureCode;
import io.variate.bus.codecs.MessageCodecs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates flags over the event bus.
 *
 * <p>Thread-safe; one instance serves a whole application. Futures complete on the caller's Vert.x context, or fail
 * with an {@link EvaluationException}.
 *
 * <p>Evaluator nodes announce themselves every second. A client sends each request to the announced node with the fewest
 * requests in flight; before the first announcement, the event bus selects a node. The event bus alone would keep selecting
 * crashed, stopped or partitioned nodes until the cluster removes them. A client excludes a node after one unanswered
 * request, until its next announcement.
 *
 * <p>The unanswered request is retried once, on another node. The first attempt has half of the timeout, and the second
 * the rest. Each attempt carries its deadline in the clock of the receiving node. A node that reaches the request too late,
 * because it was suspended or overloaded, neither answers nor records it. If the first attempt was answered in time and its
 * answer was lost, the assignment is recorded twice, with the same {@code insert_id} by which consumers recognize copies.
 */
public final class EvaluationClient {
    /** Time after the bus timeout until a request fails whose reply arrived but could not be decoded. */
    private static final long GRACE_MILLIS = 50;

    /** Maximum number of users in one call. */
    public static final int MOST_USERS = 1_000;

    private final EventBus bus;
    private final EvaluatorNodes evaluators = new EvaluatorNodes();
    private final MessageConsumer<Object> announcements;
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
        this.announcements = bus.consumer(Addresses.EVALUATORS, this::handleAnnouncement);
    }

    /**
     * A client that uses the evaluators of all nodes.
     *
     * @param timeout for both attempts together
     */
    public static EvaluationClient ofCluster(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, false);
    }

    /**
     * A client that prefers the evaluators of this node, and uses others only while this node has none that is ready.
     *
     * @param timeout for all attempts together
     */
    public static EvaluationClient ofThisNodeFirst(Vertx vertx, Duration timeout) {
        return new EvaluationClient(vertx, timeout, true);
    }

    /**
     * Evaluates flags for one user.
     *
     * <p>Retries on another node after {@link FailureCode#NO_EVALUATOR} and {@link FailureCode#NOT_READY}, which fail fast, as
     * long as there is another node, and once after {@link FailureCode#TIMEOUT}. Every other failure is final.
     */
    public Future<EvaluationResponse> evaluate(EvaluationRequest request) {
        return request(request, EvaluationResponse.class, System.nanoTime() + timeoutNanos);
    }

    /**
     * Evaluates flags for several users, {@value EvaluationBatch#MOST} per message; messages are sent to different nodes
     * concurrently.
     *
     * @param requests at most {@value #MOST_USERS}
     * @return one outcome for each request, in order; fails only for too many requests
     */
    public Future<List<EvaluationOutcome>> evaluate(List<EvaluationRequest> requests) {
        if (requests.size() > MOST_USERS) {
            return Future.failedFuture(new EvaluationException(
                    FailureCode.INVALID_REQUEST,
                    "requests: must have at most " + MOST_USERS + " elements, has " + requests.size()));
        }
        long deadline = System.nanoTime() + timeoutNanos;
        List<Future<List<EvaluationOutcome>>> parts = new ArrayList<>();
        for (int from = 0; from < requests.size(); from += EvaluationBatch.MOST) {
            int to = Math.min(requests.size(), from + EvaluationBatch.MOST);
            parts.add(evaluate(new EvaluationBatch(requests.subList(from, to)), deadline));
        }
        return Future.all(parts)
                .map(done ->
                        parts.stream().flatMap(part -> part.result().stream()).toList());
    }

    /** Never fails. */
    private Future<List<EvaluationOutcome>> evaluate(EvaluationBatch batch, long deadline) {
        int users = batch.requests().size();
        return request(batch, EvaluationBatchResponse.class, deadline)
                .map(EvaluationBatchResponse::outcomes)
                .compose(outcomes -> outcomes.size() == users
                        ? Future.succeededFuture(outcomes)
                        : Future.failedFuture(
                                unreadable("it has " + outcomes.size() + " outcomes for " + users + " requests")))
                .otherwise(failure -> Collections.nCopies(users, failed(failure)));
    }

    private static EvaluationOutcome failed(Throwable failure) {
        FailureCode code = codeOf(failure);
        return new EvaluationOutcome.Failed(
                code == null ? FailureCode.INTERNAL : code, String.valueOf(failure.getMessage()));
    }

    /** Member ids of the nodes that the next request may be sent to. If empty, the event bus selects a node. */
    public Set<String> evaluators() {
        return evaluators.available(System.nanoTime());
    }

    /** Unsubscribes from announcements. Further requests still work: the event bus selects the node. */
    public Future<Void> close() {
        return announcements.unregister();
    }

    private <A> Future<A> request(Expiring<?> request, Class<A> answer, long deadline) {
        if (!thisNodeFirst) {
            return requestFromCluster(request, answer, deadline, false);
        }
        return bus.request(Addresses.EVALUATE_ON_THIS_NODE, request.until(deadline), onThisNode)
                .transform((message, failure) -> answer(message, failure, answer))
                .recover(failure -> isUnavailable(failure)
                        ? requestFromCluster(request, answer, deadline, false)
                        : Future.failedFuture(failure));
    }

    /** @param last whether this is the last attempt if it times out */
    private <A> Future<A> requestFromCluster(Expiring<?> request, Class<A> answer, long deadline, boolean last) {
        long now = System.nanoTime();
        long nanos = Math.max(1, last ? deadline - now : (deadline - now) / 2);
        EvaluatorNode evaluator = evaluators.select(now);
        return (evaluator == null
                        ? requestAt(Addresses.EVALUATE, request, answer, nanos)
                        : request(evaluator, request.until(evaluator.toNodeClock(now + nanos)), answer, nanos))
                .recover(failure -> {
                    boolean late = codeOf(failure) == FailureCode.TIMEOUT;
                    boolean mayRetry = (late || isUnavailable(failure))
                            && !(last && (late || evaluator == null))
                            && deadline - System.nanoTime() > 0;
                    return mayRetry
                            ? requestFromCluster(request, answer, deadline, last || late || evaluator == null)
                            : Future.failedFuture(failure);
                });
    }

    private <A> Future<A> request(EvaluatorNode evaluator, Object request, Class<A> answer, long nanos) {
        evaluator.requestSent();
        return requestAt(evaluator.address(), request, answer, nanos).onComplete((answered, failure) -> {
            evaluator.requestCompleted();
            if (failure != null && (codeOf(failure) == FailureCode.TIMEOUT || isUnavailable(failure))) {
                evaluator.markUnavailable();
            }
        });
    }

    private <A> Future<A> requestAt(String address, Object request, Class<A> answer, long nanos) {
        long timeout = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
        // The bus cancels its timer when a reply arrives, and only then decodes it: a reply that cannot be decoded
        // would
        // leave the future open for ever. Within a node nothing is decoded.
        return bus.request(address, request, new DeliveryOptions().setSendTimeout(timeout))
                .timeout(timeout + GRACE_MILLIS, TimeUnit.MILLISECONDS)
                .transform((message, failure) -> answer(message, failure, answer));
    }

    private void handleAnnouncement(Message<Object> message) {
        try {
            if (message.body() instanceof EvaluatorAnnouncement announcement) {
                evaluators.update(announcement, System.nanoTime());
            }
        } catch (RuntimeException unreadable) {
            // From a later release or another application. Nodes count such messages.
        }
    }

    private static boolean isUnavailable(Throwable failure) {
        FailureCode code = codeOf(failure);
        return code == FailureCode.NO_EVALUATOR || code == FailureCode.NOT_READY;
    }

    private static @Nullable FailureCode codeOf(Throwable failure) {
        return failure instanceof EvaluationException typed ? typed.code() : null;
    }

    private static <A> Future<A> answer(@Nullable Message<Object> message, @Nullable Throwable failure, Class<A> type) {
        if (message == null) {
            return Future.failedFuture(typed(failure));
        }
        try {
            Object body = message.body();
            return type.isInstance(body)
                    ? Future.succeededFuture(type.cast(body))
                    : Future.failedFuture(unreadable("unexpected message type"));
        } catch (RuntimeException e) {
            return Future.failedFuture(unreadable(String.valueOf(e.getMessage())));
        }
    }

    private static EvaluationException unreadable(String why) {
        return new EvaluationException(FailureCode.INTERNAL, "cannot read the answer: " + why);
    }

    private static EvaluationException typed(@Nullable Throwable failure) {
        return failure instanceof TimeoutException ? unreadable("see the log") : EvaluationException.of(failure);
    }
}
