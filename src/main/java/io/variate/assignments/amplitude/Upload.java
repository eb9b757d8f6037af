package io.variate.assignments.amplitude;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/** The events of one call, until each is settled. Confined to one context. */
final class Upload {
    private final Promise<EventUploader.Outcome> promise = Promise.promise();
    private int unsettled;
    private int delivered;
    private int rejected;

    Upload(int events) {
        this.unsettled = events;
    }

    Future<EventUploader.Outcome> future() {
        return promise.future();
    }

    void settle(boolean isDelivered) {
        unsettled--;
        if (isDelivered) {
            delivered++;
        } else {
            rejected++;
        }
        if (unsettled == 0) {
            promise.complete(new EventUploader.Outcome(delivered, rejected));
        }
    }

    void fail(Throwable cause) {
        promise.tryFail(cause);
    }
}
