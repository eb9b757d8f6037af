package io.variate.client;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.bus.ReceivedEvents;
import io.variate.bus.codecs.MessageCodecs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands events over the event bus to nodes that keep them: to this node first, where it takes none or does not answer in
 * time to another, and so once more. Each has a part of the time.
 *
 * <p>Thread-safe. Futures complete on the caller's Vert.x context, or fail with an {@link EvaluationException}; then some
 * of the events may have been taken all the same, and sending them again makes copies that their {@code insert_id} tells.
 */
public final class EventClient {
    /** For all nodes together; clients give up after ten seconds. */
    private static final Duration TIMEOUT = Duration.ofSeconds(9);

    private static final Set<FailureCode> MAY_BE_TAKEN_ELSEWHERE =
            EnumSet.of(FailureCode.NO_EVALUATOR, FailureCode.NOT_READY, FailureCode.TIMEOUT);

    private final EventBus bus;
    private final long timeoutNanos;

    /** One for each node. */
    public EventClient(Vertx vertx) {
        this(vertx, TIMEOUT);
    }

    EventClient(Vertx vertx, Duration timeout) {
        this.bus = vertx.eventBus();
        this.timeoutNanos = timeout.toNanos();
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
        long deadline = System.nanoTime() + timeoutNanos;
        return ask(here, events, true, timeoutNanos / 2)
                .recover(failure -> askElsewhere(failure, elsewhere, events, (deadline - System.nanoTime()) / 2))
                .recover(failure -> askElsewhere(failure, elsewhere, events, deadline - System.nanoTime()));
    }

    private Future<@Nullable Object> askElsewhere(Throwable failure, String address, Object events, long nanos) {
        boolean mayBeTaken = failure instanceof EvaluationException typed
                && MAY_BE_TAKEN_ELSEWHERE.contains(typed.code())
                && nanos > 0;
        return mayBeTaken ? ask(address, events, false, nanos) : Future.failedFuture(failure);
    }

    private Future<@Nullable Object> ask(String address, Object events, boolean onThisNode, long nanos) {
        DeliveryOptions options = new DeliveryOptions()
                .setSendTimeout(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)))
                .setLocalOnly(onThisNode);
        return bus.<@Nullable Object>request(address, events, options)
                .map(Message::body)
                .recover(failure -> Future.failedFuture(EvaluationException.of(failure)));
    }
}
