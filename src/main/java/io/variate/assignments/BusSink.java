package io.variate.assignments;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;

/** Events over the event bus to a node with the analytics role, which brings them to Kafka before it replies. */
record BusSink(Vertx vertx) implements EventSink {
    /** Longer than the node that has Kafka may take, or a slow batch would be sent twice. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(45_000);

    @Override
    public Future<Delivery> deliver(List<AssignmentBatch.Event> events) {
        return vertx.eventBus()
                .request(Addresses.ASSIGNMENTS, new AssignmentBatch(events), OPTIONS)
                .map(acknowledged -> new Delivery(events.size(), 0, List.of()));
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
