package io.variate.upstream;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the concurrent requests of this node; further ones wait in order. Downloads take at most half of the slots, so that
 * large cohorts do not delay flags. Thread-safe.
 */
final class RequestSlots {
    private final Vertx vertx;
    private final int slots;
    private final int downloadSlots;
    private final int maxWaiting;
    private final Queue<Waiting> requests = new ArrayDeque<>();
    private final Queue<Waiting> downloads = new ArrayDeque<>();
    private int running;
    private int runningDownloads;

    private record Waiting(Context context, Runnable request, boolean isDownload) {}

    /**
     * @param maxWaiting requests that may wait; further ones fail
     */
    RequestSlots(Vertx vertx, int slots, int maxWaiting) {
        this.vertx = vertx;
        this.slots = slots;
        this.downloadSlots = Math.max(1, slots / 2);
        this.maxWaiting = maxWaiting;
    }

    /**
     * Runs a request when it has a slot, which it keeps until its future completes.
     *
     * @param request called on the context of the caller
     */
    <T> Future<T> run(boolean isDownload, Supplier<Future<T>> request) {
        Promise<T> answer = Promise.promise();
        Runnable start =
                () -> start(request).onComplete(done -> release(isDownload)).onComplete(answer);
        Waiting waiting = new Waiting(vertx.getOrCreateContext(), start, isDownload);
        synchronized (this) {
            if (requests.size() + downloads.size() >= maxWaiting) {
                return Future.failedFuture(new UpstreamException(
                        UpstreamException.Kind.OVERLOADED, "too many requests to the upstream are waiting"));
            }
            (isDownload ? downloads : requests).add(waiting);
        }
        startNext();
        return answer.future();
    }

    private static <T> Future<T> start(Supplier<Future<T>> request) {
        try {
            return request.get();
        } catch (Throwable e) {
            return Future.failedFuture(e);
        }
    }

    private void release(boolean isDownload) {
        synchronized (this) {
            running--;
            runningDownloads -= isDownload ? 1 : 0;
        }
        startNext();
    }

    private void startNext() {
        for (Waiting next = take(); next != null; next = take()) {
            Runnable request = next.request();
            next.context().runOnContext(turn -> request.run());
        }
    }

    private synchronized @Nullable Waiting take() {
        if (running >= slots) {
            return null;
        }
        Waiting next = requests.poll();
        if (next == null && runningDownloads < downloadSlots) {
            next = downloads.poll();
        }
        if (next != null) {
            running++;
            runningDownloads += next.isDownload() ? 1 : 0;
        }
        return next;
    }
}
