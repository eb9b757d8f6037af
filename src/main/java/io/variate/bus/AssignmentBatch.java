package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Assignment events on their way from a node that evaluates to a node that has the analytics role.
 *
 * @param events in the order of their recording
 */
public record AssignmentBatch(List<Event> events) {

    public AssignmentBatch {
        events = List.copyOf(events);
    }

    /**
     * One event.
     *
     * @param key UTF-8 of the user id or else the device id, which Kafka orders by; empty if there is neither
     * @param value UTF-8 JSON of the event; never written to after creation
     */
    public record Event(Buffer key, Buffer value) {}
}
