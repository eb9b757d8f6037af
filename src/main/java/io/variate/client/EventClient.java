package io.variate.client;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import org.jspecify.annotations.Nullable;

/**
 * Hands events over the event bus to nodes that keep them: this node first, others while it does not take them.
 *
 * <p>Thread-safe. Futures complete on the caller's Vert.x context, or fail with an {@link EvaluationException}; then some
 * of the events may have been taken all the same, and sending them again makes copies that their {@code insert_id} tells.
 */
public final class EventClient {
    /** For one node; clients give up after ten seconds, which leaves time for another one. */
    private static final long TIMEOUT_MILLIS = 4_000;

    private final EventBus bus;
    private final DeliveryOptions onThisNode =
            new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS).setLocalOnly(true);
    private final DeliveryOptions anywhere = new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS);

    /** One for each node. */
    public EventClient(Vertx vertx) {
        this.bus = vertx.eventBus();
        MessageCodecs.register(bus);
    }

    /** Has assignments and exposures recorded: in the log of a node, or counted as lost there. */
    public Future<Void> record(ReceivedEvents events) {
        return request(Addresses.RECEIVED_ON_THIS_NODE, Addresses.RECEIVED, events)
                .mapEmpty();
    }

    /**
     * Has other events brought to Kafka.
     *
     * @return how many of them Kafka will never take; it has acknowledged the others
     */
    public Future<Integer> forward(AssignmentBatch events) {
        return request(Addresses.FORWARDED_ON_THIS_NODE, Addresses.FORWARDED, events)
                .map(refused -> refused instanceof Integer count ? count : 0);
    }

    private Future<@Nullable Object> request(String here, String elsewhere, Object events) {
        return bus.<@Nullable Object>request(here, events, onThisNode)
                .recover(failure ->
                        mayBeTakenElsewhere(EvaluationException.of(failure).code())
                                ? bus.request(elsewhere, events, anywhere)
                                : Future.failedFuture(failure))
                .map(Message::body)
                .recover(failure -> Future.failedFuture(EvaluationException.of(failure)));
    }

    private static boolean mayBeTakenElsewhere(FailureCode code) {
        return code == FailureCode.NO_EVALUATOR || code == FailureCode.NOT_READY;
    }
}
