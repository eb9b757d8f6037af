package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Assignment and exposure events that clients sent, on their way to a node that records them.
 *
 * @param events in the order in which they came
 */
public record ReceivedEvents(List<Event> events) {

    public ReceivedEvents {
        events = List.copyOf(events);
    }

    /**
     * One event.
     *
     * @param key UTF-8 of the user id or else the device id, which Kafka orders by
     * @param identity bytes that only copies of this event have; empty if copies cannot be told
     * @param value UTF-8 JSON of the event; never written to after creation
     */
    public record Event(Buffer key, Buffer identity, Buffer value) {}
}
