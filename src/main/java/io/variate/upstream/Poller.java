package io.variate.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Repeats a request: at an interval with jitter after a success, with backoff after a failure. Belongs to one Vert.x
 * context.
 */
final class Poller {
    /** Each interval is shortened by up to this fraction, so that nodes and deployments do not poll at the same time. */
    private static final double JITTER = 0.1;

    /** Polls that are wanted at once are at least this far apart. */
    private static final long MIN_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Vertx vertx;
    private final Supplier<Future<Void>> poll;
    private final Supplier<Duration> interval;
    private final Backoff backoff;
    private final Promise<Void> firstAttempt = Promise.promise();
    private @Nullable Throwable failure;
    private long timer = -1;
    private long begun = System.nanoTime() - MIN_GAP_NANOS;
    private boolean polling;
    private boolean again;
    private boolean stopped;

    /**
     * Does nothing before {@link #pollNow}.
     *
     * @param poll never called while an earlier call is in flight
     * @param interval the pause after a success
     */
    Poller(Vertx vertx, Supplier<Future<Void>> poll, Supplier<Duration> interval, Backoff backoff) {
        this.vertx = vertx;
        this.poll = poll;
        this.interval = interval;
        this.backoff = backoff;
    }

    /** Polls soon, or again after the poll in flight. A pause after a failure stays. */
    void pollNow() {
        if (stopped || failure != null) {
            return;
        }
        if (polling) {
            again = true;
        } else {
            pollAfterGap();
        }
    }

    private void pollAfterGap() {
        long left = MIN_GAP_NANOS - (System.nanoTime() - begun);
        if (left <= 0) {
            poll();
        } else {
            vertx.cancelTimer(timer);
            schedule(Duration.ofNanos(left));
        }
    }

    private void poll() {
        vertx.cancelTimer(timer);
        begun = System.nanoTime();
        polling = true;
        again = false;
        poll.get().onComplete(done -> {
            polling = false;
            failure = done.cause();
            firstAttempt.tryComplete();
            if (stopped) {
                return;
            }
            if (failure != null) {
                schedule(backoff.afterFailure(failure));
                return;
            }
            backoff.reset();
            if (again) {
                pollAfterGap();
            } else {
                schedule(jittered(interval.get()));
            }
        });
    }

    private static Duration jittered(Duration duration) {
        double factor = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
        return Duration.ofMillis((long) (duration.toMillis() * factor));
    }

    private void schedule(Duration pause) {
        timer = vertx.setTimer(Math.max(1, pause.toMillis()), over -> poll());
    }

    /** Completes after the first attempt, whatever its outcome, or when this poller is stopped. */
    Future<Void> firstAttempt() {
        return firstAttempt.future();
    }

    /** The failure of the last attempt, or null. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Does not poll any more. */
    void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        firstAttempt.tryComplete();
    }
}
