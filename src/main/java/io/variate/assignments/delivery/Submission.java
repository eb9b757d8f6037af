package io.variate.assignments.delivery;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/** One call to {@link EventSink#deliver}, whose events are in flight in one or more parts. Confined to one context. */
final class Submission {
    private final Promise<EventSink.Delivery> promise = Promise.promise();
    private final long bytes;
    private int parts;
    private int delivered;
    private int rejected;

    Submission(long bytes) {
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }

    void addParts(int more) {
        parts += more;
    }

    void settlePart(int deliveredInPart, int rejectedInPart) {
        parts--;
        delivered += deliveredInPart;
        rejected += rejectedInPart;
    }

    boolean isSettled() {
        return parts == 0;
    }

    Future<EventSink.Delivery> future() {
        return promise.future();
    }

    void complete() {
        promise.complete(new EventSink.Delivery(delivered, rejected));
    }

    void fail(Throwable cause) {
        promise.fail(cause);
    }
}
