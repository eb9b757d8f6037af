package io.variate.assignments.delivery;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events over the event bus to a node with the analytics role, which brings them to Kafka before it replies.
 *
 * <p>One batch at a time, for the next may go to another node and overtake it there.
 */
final class BusSink implements EventSink {
    /** Longer than the node that has Kafka may take, or a slow batch would be sent twice. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(45_000);

    private final Vertx vertx;
    private int underWay;
    private @Nullable Throwable trouble;

    BusSink(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Delivery> deliver(List<? extends Event> events) {
        underWay++;
        return vertx.eventBus()
                .<@Nullable Integer>request(Addresses.ASSIGNMENTS, batch(events), OPTIONS)
                .map(settled -> settled(events.size(), settled.body()))
                .onComplete(done -> {
                    underWay--;
                    trouble = done.cause();
                });
    }

    private static AssignmentBatch batch(List<? extends Event> events) {
        return new AssignmentBatch(events.stream()
                .map(event -> new AssignmentBatch.Event(Buffer.buffer(event.key()), Buffer.buffer(event.value())))
                .toList());
    }

    /** @param refused how many Kafka will never accept; null from a node that does not tell */
    private static Delivery settled(int events, @Nullable Integer refused) {
        int never = refused == null ? 0 : refused;
        return new Delivery(events - never, never);
    }

    @Override
    public boolean isFull() {
        return underWay > 0;
    }

    @Override
    public @Nullable Throwable trouble() {
        return trouble;
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
