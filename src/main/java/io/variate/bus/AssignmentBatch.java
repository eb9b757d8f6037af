package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Events that one node sends to a node with the analytics role.
 *
 * @param events in the order in which they were recorded
 */
public record AssignmentBatch(List<Event> events) {

    public AssignmentBatch {
        events = List.copyOf(events);
    }

    /**
     * One event.
     *
     * @param key UTF-8 of the user id, or else of the device id; the key of the Kafka record. Empty without either
     * @param value UTF-8 JSON of the event; never modified after creation
     */
    public record Event(Buffer key, Buffer value) {}
}
