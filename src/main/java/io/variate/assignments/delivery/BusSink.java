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
 * Sends events over the event bus to a node with the analytics role, which replies once they are delivered.
 *
 * <p>One batch at a time, because the next one could go to another node and overtake it.
 */
final class BusSink implements EventSink {
    /** Longer than the receiving node may need, because a timeout sends the batch twice. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(45_000);

    private final Vertx vertx;
    private int inFlight;
    private @Nullable Throwable trouble;

    BusSink(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public String name() {
        return "the destination of the delivering node";
    }

    @Override
    public Future<Delivery> deliver(List<? extends Event> events) {
        inFlight++;
        return vertx.eventBus()
                .<@Nullable Integer>request(Addresses.ASSIGNMENTS, batch(events), OPTIONS)
                .map(reply -> delivery(events.size(), reply.body()))
                .onComplete(done -> {
                    inFlight--;
                    trouble = done.cause();
                });
    }

    private static AssignmentBatch batch(List<? extends Event> events) {
        return new AssignmentBatch(events.stream()
                .map(event -> new AssignmentBatch.Event(Buffer.buffer(event.key()), Buffer.buffer(event.value())))
                .toList());
    }

    /** @param rejected how many events were rejected permanently; null from a node of an older release */
    private static Delivery delivery(int events, @Nullable Integer rejected) {
        int count = rejected == null ? 0 : rejected;
        return new Delivery(events - count, count);
    }

    @Override
    public boolean isFull() {
        return inFlight > 0;
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
