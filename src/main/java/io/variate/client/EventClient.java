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
 * Sends events over the event bus to nodes that record or forward them: to this node first, and, if it does not accept them
 * in time, up to two times to another node. Each attempt has a part of the timeout.
 *
 * <p>Thread-safe. Futures complete on the caller's Vert.x context, or fail with an {@link EvaluationException}. After a
 * failure some events may still have been recorded; a retry then creates copies with the same {@code insert_id}.
 */
public final class EventClient {
    /** For all attempts together; clients time out after ten seconds. */
    private static final Duration TIMEOUT = Duration.ofSeconds(9);

    private static final Set<FailureCode> RETRIABLE =
            EnumSet.of(FailureCode.NO_EVALUATOR, FailureCode.NOT_READY, FailureCode.TIMEOUT);

    private final EventBus bus;
    private final long timeoutNanos;

    /** One per node. */
    public EventClient(Vertx vertx) {
        this(vertx, TIMEOUT);
    }

    EventClient(Vertx vertx, Duration timeout) {
        this.bus = vertx.eventBus();
        this.timeoutNanos = timeout.toNanos();
        MessageCodecs.register(bus);
    }

    /** Records assignments and exposures. Completes once each event is in the log of a node, or counted as lost there. */
    public Future<Void> record(ReceivedEvents events) {
        return request(Addresses.RECEIVED_ON_THIS_NODE, Addresses.RECEIVED, events)
                .mapEmpty();
    }

    /**
     * Delivers other events to Kafka or Amplitude.
     *
     * @return how many of them were rejected permanently; the others are acknowledged
     */
    public Future<Integer> forward(AssignmentBatch events) {
        return request(Addresses.FORWARDED_ON_THIS_NODE, Addresses.FORWARDED, events)
                .map(rejected -> rejected instanceof Integer count ? count : 0);
    }

    private Future<@Nullable Object> request(String local, String clustered, Object events) {
        long deadline = System.nanoTime() + timeoutNanos;
        return send(local, events, true, timeoutNanos / 2)
                .recover(failure -> retry(failure, clustered, events, (deadline - System.nanoTime()) / 2))
                .recover(failure -> retry(failure, clustered, events, deadline - System.nanoTime()));
    }

    private Future<@Nullable Object> retry(Throwable failure, String address, Object events, long nanos) {
        boolean mayRetry =
                failure instanceof EvaluationException typed && RETRIABLE.contains(typed.code()) && nanos > 0;
        return mayRetry ? send(address, events, false, nanos) : Future.failedFuture(failure);
    }

    private Future<@Nullable Object> send(String address, Object events, boolean onThisNode, long nanos) {
        DeliveryOptions options = new DeliveryOptions()
                .setSendTimeout(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)))
                .setLocalOnly(onThisNode);
        return bus.<@Nullable Object>request(address, events, options)
                .map(Message::body)
                .recover(failure -> Future.failedFuture(EvaluationException.of(failure)));
    }
}
