package io.variate.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks for what other nodes or a source have that is newer: one after the other, on one Vert.x context. Thread-safe. */
public final class Checks {
    private final Context context;
    private final Supplier<Future<Void>> look;
    private @Nullable Future<Void> underWay;
    private boolean again;

    /**
     * Nothing is checked yet.
     *
     * @param look one check, begun on the context; never throws
     */
    public Checks(Context context, Supplier<Future<Void>> look) {
        this.context = context;
        this.look = look;
    }

    /** Checks, and completes when that is done; a call during a check makes another one follow it. Never fails. */
    public Future<Void> check() {
        return onContext(() -> {
            if (underWay != null) {
                again = true;
                return underWay;
            }
            Promise<Void> running = Promise.promise();
            underWay = running.future();
            look.get().onComplete(done -> {
                underWay = null;
                if (again) {
                    again = false;
                    check();
                }
                running.complete();
            });
            return running.future();
        });
    }

    /** Works on the context of the checks, from any thread; what the work throws fails the future. */
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
