package io.variate.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs checks for newer data in a source or on other nodes, one at a time, on one Vert.x context. Thread-safe. */
public final class Checks {
    private final Context context;
    private final Supplier<Future<Void>> check;
    private @Nullable Future<Void> inFlight;
    private boolean again;

    /**
     * Starts no check yet.
     *
     * @param check starts one check; called on the context, never throws
     */
    public Checks(Context context, Supplier<Future<Void>> check) {
        this.context = context;
        this.check = check;
    }

    /** Checks now. A call during a check schedules one more after it. Completes with the current check; never fails. */
    public Future<Void> check() {
        return onContext(() -> {
            if (inFlight != null) {
                again = true;
                return inFlight;
            }
            Promise<Void> running = Promise.promise();
            inFlight = running.future();
            check.get().onComplete(done -> {
                inFlight = null;
                if (again) {
                    again = false;
                    check();
                }
                running.complete();
            });
            return running.future();
        });
    }

    /** Runs work on the context of the checks; an exception fails the future. Any thread. */
    public <T> Future<T> onContext(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(run -> {
            try {
                work.get().onComplete(promise);
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
