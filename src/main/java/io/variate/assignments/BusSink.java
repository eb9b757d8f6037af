package io.variate.assignments;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events over the event bus to a node with the analytics role, which brings them to Kafka before it replies. */
record BusSink(Vertx vertx) implements EventSink {
    /** Longer than the node that has Kafka may take, or a slow batch would be sent twice. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(45_000);

    @Override
    public Future<Delivery> deliver(List<AssignmentBatch.Event> events) {
        return vertx.eventBus()
                .<@Nullable Integer>request(Addresses.ASSIGNMENTS, new AssignmentBatch(events), OPTIONS)
                .map(settled -> settled(events.size(), settled.body()));
    }

    /** @param refused how many Kafka will never accept; null from a node that does not tell */
    private static Delivery settled(int events, @Nullable Integer refused) {
        int never = refused == null ? 0 : refused;
        return new Delivery(events - never, never, List.of());
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
