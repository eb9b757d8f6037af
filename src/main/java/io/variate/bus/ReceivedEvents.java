package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Assignment and exposure events from clients, sent to a node that records them.
 *
 * @param events in the order in which they arrived
 */
public record ReceivedEvents(List<Event> events) {

    public ReceivedEvents {
        events = List.copyOf(events);
    }

    /**
     * One event.
     *
     * @param key UTF-8 of the user id, or else of the device id; the key of the Kafka record
     * @param identity bytes that identify this event among copies; empty if copies cannot be recognized
     * @param value UTF-8 JSON of the event; never modified after creation
     */
    public record Event(Buffer key, Buffer identity, Buffer value) {}
}
