package io.variate.assignments.delivery;

import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where events go. Used from the one Vert.x context that it was made on. */
interface EventSink {

    /**
     * Delivers events, after all of earlier calls that have the same key. May be called again before the future
     * completes; futures complete in the order of the calls. No events at all find out whether delivery is possible.
     *
     * @return completes when every event is settled, however long that takes; fails when the sink gives up, and then
     *     nothing of this call is known to be settled, nor of any later one
     */
    Future<Delivery> deliver(List<? extends Event> events);

    /** Whether as much is under way as helps: deliver more when a future has completed. */
    boolean isFull();

    /** What holds the events up now, as far as it is known. */
    @Nullable
    Throwable trouble();

    /** Releases connections, within a bound; what is not settled then fails. */
    Future<Void> close();

    /** What is delivered. Whoever makes it leaves the arrays as they are. */
    interface Event {
        /** UTF-8 of the id that order is kept for; empty if there is none. */
        byte[] key();

        /** UTF-8 JSON. */
        byte[] value();

        /** Of the bytes that a batch carries. */
        static Event of(AssignmentBatch.Event event) {
            return of(event.key().getBytes(), event.value().getBytes());
        }

        /** Of the arrays themselves, not of copies. */
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
     * What became of the events of a call.
     *
     * @param delivered how many are acknowledged
     * @param refused how many will never be accepted
     */
    record Delivery(int delivered, int refused) {}
}
