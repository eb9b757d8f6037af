package io.variate.management;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Runs the transactions of this node one after another. The database would do so too, but with a connection for each that
 * waits. Thread-safe.
 */
final class WriteQueue {
    private static final int MAX_WAITING = 1_000;

    private final Vertx vertx;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private boolean isBusy;

    WriteQueue(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Runs work after all earlier work is over, on the context of the caller. Fails with 429 {@code too_many_writes} if too
     * much waits already.
     */
    <T> Future<T> add(Supplier<Future<T>> work) {
        Context context = vertx.getOrCreateContext();
        CompletableFuture<T> outcome = new CompletableFuture<>();
        Runnable run = () -> context.runOnContext(turn -> start(work, outcome));
        synchronized (this) {
            if (isBusy) {
                if (waiting.size() == MAX_WAITING) {
                    return Future.failedFuture(new RejectedWriteException(
                            429, "too_many_writes", "too many writes wait for the database; retry later", null));
                }
                waiting.add(run);
                return Future.fromCompletionStage(outcome, context);
            }
            isBusy = true;
        }
        run.run();
        return Future.fromCompletionStage(outcome, context);
    }

    private <T> void start(Supplier<Future<T>> work, CompletableFuture<T> outcome) {
        Future<T> running;
        try {
            running = work.get();
        } catch (RuntimeException e) {
            running = Future.failedFuture(e);
        }
        running.onComplete(done -> {
            next();
            if (done.succeeded()) {
                outcome.complete(done.result());
            } else {
                outcome.completeExceptionally(done.cause());
            }
        });
    }

    private void next() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            isBusy = next != null;
        }
        if (next != null) {
            next.run();
        }
    }
}
