package io.variate.client;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
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

    private final EventBus bus;
    private final Evaluators evaluators = new Evaluators();
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
        long deadline = System.nanoTime() + timeoutNanos;
        if (!thisNodeFirst) {
            return askTheCluster(request, deadline, false);
        }
        return bus.request(Addresses.EVALUATE_ON_THIS_NODE, request.until(deadline), onThisNode)
                .transform(EvaluationClient::response)
                .recover(failure ->
                        isMissing(failure) ? askTheCluster(request, deadline, false) : Future.failedFuture(failure));
    }

    /** The nodes that would be asked now, by what the cluster calls them; without any, the event bus chooses. */
    public Set<String> evaluators() {
        return evaluators.inTurn(System.nanoTime());
    }

    /** Stops listening to evaluators; requests are answered all the same, by whomever the event bus chooses. */
    public Future<Void> close() {
        return announcements.unregister();
    }

    /** @param last whether there is to be no further question if this one gets no answer */
    private Future<EvaluationResponse> askTheCluster(EvaluationRequest request, long deadline, boolean last) {
        long now = System.nanoTime();
        long nanos = Math.max(1, last ? deadline - now : (deadline - now) / 2);
        Evaluator evaluator = evaluators.next(now);
        return (evaluator == null
                        ? ask(Addresses.EVALUATE, request, nanos)
                        : ask(evaluator, request.until(evaluator.byItsClock(now + nanos)), nanos))
                .recover(failure -> {
                    boolean late = codeOf(failure) == FailureCode.TIMEOUT;
                    boolean mayBeAnswered = (late || isMissing(failure))
                            && !(last && (late || evaluator == null))
                            && deadline - System.nanoTime() > 0;
                    return mayBeAnswered
                            ? askTheCluster(request, deadline, last || late || evaluator == null)
                            : Future.failedFuture(failure);
                });
    }

    private Future<EvaluationResponse> ask(Evaluator evaluator, EvaluationRequest request, long nanos) {
        evaluator.asked();
        return ask(evaluator.address(), request, nanos).onComplete((answer, failure) -> {
            evaluator.settled();
            if (failure != null && (codeOf(failure) == FailureCode.TIMEOUT || isMissing(failure))) {
                evaluator.takeOutOfTurn();
            }
        });
    }

    private Future<EvaluationResponse> ask(String address, EvaluationRequest request, long nanos) {
        long timeout = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
        // The bus ends its own timer when an answer comes and only then decodes it: one that cannot be decoded would
        // leave its future open for ever. On this node nothing is decoded.
        return bus.request(address, request, new DeliveryOptions().setSendTimeout(timeout))
                .timeout(timeout + GRACE_MILLIS, TimeUnit.MILLISECONDS)
                .transform(EvaluationClient::response);
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
