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
 * Asks evaluators over the event bus.
 *
 * <p>Thread-safe; one instance serves a whole application. Futures complete on the caller's Vert.x context, or fail
 * with an {@link EvaluationException}.
 *
 * <p>Nodes that evaluate say so every second. A client spreads its requests over those that it hears; before it has heard
 * any, the event bus chooses. It would go on choosing nodes that have died, stopped or left, in turn with the others, until
 * the cluster has noticed. A client stops at the first request that such a node does not answer, until it hears the node
 * again.
 *
 * <p>That request is asked once more, of another node. So the first question to the cluster has half of the time, and the
 * second what remains. Each says when its time is over, by the clock of the node that is asked: a node that comes to it
 * too late, because it had stopped or had too much to do, neither answers nor records it. Where the first question was
 * answered in time and its answer was lost, the assignment is recorded twice: by the same {@code insert_id}, so that the
 * copies can be told downstream as all copies are.
 */
public final class EvaluationClient {
    /** How much later than its sender an answer is given up that came and could not be read. */
    private static final long GRACE_MILLIS = 50;

    /** Users that can be asked for at a time. */
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
        this.announcements = bus.consumer(Addresses.EVALUATORS, this::heard);
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
     * <p>Another node is asked where it may answer: after {@link FailureCode#NO_EVALUATOR} and {@link FailureCode#NOT_READY},
     * which come at once, as long as there is one, and once after {@link FailureCode#TIMEOUT}. Every other failure is final.
     */
    public Future<EvaluationResponse> evaluate(EvaluationRequest request) {
        return ask(request, EvaluationResponse.class, System.nanoTime() + timeoutNanos);
    }

    /**
     * Asks for the variants of several users, {@value EvaluationBatch#MOST} in each message; messages go to different nodes
     * at the same time.
     *
     * @param requests at most {@value #MOST_USERS}
     * @return one outcome for each request, in their order; fails only if there are too many
     */
    public Future<List<EvaluationOutcome>> evaluate(List<EvaluationRequest> requests) {
        if (requests.size() > MOST_USERS) {
            return Future.failedFuture(new EvaluationException(
                    FailureCode.INVALID_REQUEST, "at most " + MOST_USERS + " users can be asked for at a time"));
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
        return ask(batch, EvaluationBatchResponse.class, deadline)
                .map(EvaluationBatchResponse::outcomes)
                .compose(outcomes -> outcomes.size() == users
                        ? Future.succeededFuture(outcomes)
                        : Future.failedFuture(unreadable("it is for " + outcomes.size() + " users of " + users)))
                .otherwise(failure -> Collections.nCopies(users, failed(failure)));
    }

    private static EvaluationOutcome failed(Throwable failure) {
        FailureCode code = codeOf(failure);
        return new EvaluationOutcome.Failed(
                code == null ? FailureCode.INTERNAL : code, String.valueOf(failure.getMessage()));
    }

    /** The nodes that would be asked now, by what the cluster calls them; without any, the event bus chooses. */
    public Set<String> evaluators() {
        return evaluators.inTurn(System.nanoTime());
    }

    /** Stops listening to evaluators; requests are answered all the same, by whomever the event bus chooses. */
    public Future<Void> close() {
        return announcements.unregister();
    }

    private <A> Future<A> ask(Expiring<?> question, Class<A> answer, long deadline) {
        if (!thisNodeFirst) {
            return askTheCluster(question, answer, deadline, false);
        }
        return bus.request(Addresses.EVALUATE_ON_THIS_NODE, question.until(deadline), onThisNode)
                .transform((message, failure) -> answer(message, failure, answer))
                .recover(failure -> isMissing(failure)
                        ? askTheCluster(question, answer, deadline, false)
                        : Future.failedFuture(failure));
    }

    /** @param last whether there is to be no further question if this one gets no answer */
    private <A> Future<A> askTheCluster(Expiring<?> question, Class<A> answer, long deadline, boolean last) {
        long now = System.nanoTime();
        long nanos = Math.max(1, last ? deadline - now : (deadline - now) / 2);
        EvaluatorNode evaluator = evaluators.next(now);
        return (evaluator == null
                        ? askAt(Addresses.EVALUATE, question, answer, nanos)
                        : ask(evaluator, question.until(evaluator.byItsClock(now + nanos)), answer, nanos))
                .recover(failure -> {
                    boolean late = codeOf(failure) == FailureCode.TIMEOUT;
                    boolean mayBeAnswered = (late || isMissing(failure))
                            && !(last && (late || evaluator == null))
                            && deadline - System.nanoTime() > 0;
                    return mayBeAnswered
                            ? askTheCluster(question, answer, deadline, last || late || evaluator == null)
                            : Future.failedFuture(failure);
                });
    }

    private <A> Future<A> ask(EvaluatorNode evaluator, Object question, Class<A> answer, long nanos) {
        evaluator.asked();
        return askAt(evaluator.address(), question, answer, nanos).onComplete((answered, failure) -> {
            evaluator.settled();
            if (failure != null && (codeOf(failure) == FailureCode.TIMEOUT || isMissing(failure))) {
                evaluator.takeOutOfTurn();
            }
        });
    }

    private <A> Future<A> askAt(String address, Object question, Class<A> answer, long nanos) {
        long timeout = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
        // The bus ends its own timer when an answer comes and only then decodes it: one that cannot be decoded would
        // leave its future open for ever. On this node nothing is decoded.
        return bus.request(address, question, new DeliveryOptions().setSendTimeout(timeout))
                .timeout(timeout + GRACE_MILLIS, TimeUnit.MILLISECONDS)
                .transform((message, failure) -> answer(message, failure, answer));
    }

    private void heard(Message<Object> message) {
        try {
            if (message.body() instanceof EvaluatorAnnouncement announcement) {
                evaluators.heard(announcement, System.nanoTime());
            }
        } catch (RuntimeException unreadable) {
            // Of a later release, or none of ours; nodes count such messages.
        }
    }

    private static boolean isMissing(Throwable failure) {
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
