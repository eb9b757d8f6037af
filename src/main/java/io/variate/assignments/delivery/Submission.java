package io.variate.assignments.delivery;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/** The events of one call to {@link EventSink#deliver}, on their way in one or more parts. Confined to one context. */
final class Submission {
    private final Promise<EventSink.Delivery> promise = Promise.promise();
    private final long bytes;
    private int parts;
    private int delivered;
    private int refused;

    Submission(long bytes) {
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }

    void addParts(int more) {
        parts += more;
    }

    void settlePart(int deliveredOfIt, int refusedOfIt) {
        parts--;
        delivered += deliveredOfIt;
        refused += refusedOfIt;
    }

    boolean isSettled() {
        return parts == 0;
    }

    Future<EventSink.Delivery> future() {
        return promise.future();
    }

    void complete() {
        promise.complete(new EventSink.Delivery(delivered, refused));
    }

    void fail(Throwable cause) {
        promise.fail(cause);
    }
}
