package io.variate.assignments.delivery;

import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A destination of events. Confined to the Vert.x context that created it. */
interface EventSink {

    /** The name of the destination in log lines. */
    String name();

    /**
     * Delivers events, after all events of earlier calls with the same key. May be called again before the future
     * completes; the futures complete in any order. An empty list probes whether delivery is possible, if the destination has
     * a way to find out.
     *
     * @return completes when every event is settled, without a time limit; fails when the sink stops trying. The outcome of
     *     the events of this call and of later calls is then unknown
     */
    Future<Delivery> deliver(List<? extends Event> events);

    /** Whether more events in flight would not increase throughput: deliver more when a future completes. */
    boolean isFull();

    /** The current obstacle to delivery, if one is known. */
    @Nullable
    Throwable trouble();

    /** Releases connections within a time limit. Unsettled deliveries fail. */
    Future<Void> close();

    /** An event to deliver. Its arrays never change. */
    interface Event {
        /** UTF-8 of the id whose events stay in order; empty without one. */
        byte[] key();

        /** UTF-8 JSON. */
        byte[] value();

        /** An event of a bus message. */
        static Event of(AssignmentBatch.Event event) {
            return of(event.key().getBytes(), event.value().getBytes());
        }

        /** An event with these arrays, which are not copied. */
        static Event of(byte[] key, byte[] value) {
            return new Event() {
                @Override
                public byte[] key() {
                    return key;
                }

                @Override
                public byte[] value() {
                    return value;
                }
            };
        }
    }

    /**
     * The outcome of a call.
     *
     * @param delivered number of acknowledged events
     * @param rejected number of permanently rejected events
     */
    record Delivery(int delivered, int rejected) {}
}
