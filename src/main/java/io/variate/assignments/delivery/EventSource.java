package io.variate.assignments.delivery;

import io.vertx.core.Future;
import java.util.List;

/** The log that a {@link DeliveryLoop} drains. Futures complete on the loop's context. */
interface EventSource {

    /** Reads the next events, each once and in order. Returns an empty batch if there are none. */
    Future<Batch> poll();

    /**
     * Settles all events before a sequence number.
     *
     * @param rejected how many of the events settled by this call the sink rejected permanently
     */
    Future<Void> commit(long sequence, int rejected);

    /**
     * Events that are delivered together.
     *
     * @param end sequence number after the last event
     */
    record Batch(List<EventSink.Event> events, long end) {}
}
