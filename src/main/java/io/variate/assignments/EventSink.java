package io.variate.assignments;

import io.variate.bus.AssignmentBatch;
import io.vertx.core.Future;
import java.util.List;

/** Where events go. */
interface EventSink {

    /**
     * Delivers events, in order for each key.
     *
     * @return what became of them; fails if nothing was even tried, and then all may be sent again
     */
    Future<Delivery> deliver(List<AssignmentBatch.Event> events);

    /** Releases connections. */
    Future<Void> close();

    /**
     * What became of a batch.
     *
     * @param delivered how many are acknowledged
     * @param refused how many will never be accepted
     * @param again those to send again, in order
     */
    record Delivery(int delivered, int refused, List<AssignmentBatch.Event> again) {}
}
