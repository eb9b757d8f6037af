package io.variate.store;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Limits the time of each step of a piece of work. Starts with the first step. Thread-safe. */
final class StepTimer {
    private static final long NONE = -1;

    private final Vertx vertx;
    private final Duration limit;
    private final Runnable onTimeout;
    private final AtomicLong timer = new AtomicLong(NONE);

    StepTimer(Vertx vertx, Duration limit, Runnable onTimeout) {
        this.vertx = vertx;
        this.limit = limit;
        this.onTimeout = onTimeout;
        restart();
    }

    /** Starts the time of the next step. */
    void restart() {
        vertx.cancelTimer(timer.getAndSet(vertx.setTimer(limit.toMillis(), over -> onTimeout.run())));
    }

    /** Stops. */
    void cancel() {
        vertx.cancelTimer(timer.getAndSet(NONE));
    }
}
