package io.variate.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Reads the body of one paused response. A body without progress fails, and a failure of any kind closes the connection.
 * Belongs to the Vert.x context of the response.
 */
final class IncomingBody {
    /** What a body must grow within the timeout, unless it ends. */
    private static final int MIN_PROGRESS_BYTES = 16 * 1024;

    private final HttpClientResponse response;
    private final Promise<Void> read = Promise.promise();
    private long bytes;
    private long seen;

    /** Whether the body waits for its receiver, which is no lack of progress. */
    private boolean blocked;

    IncomingBody(HttpClientResponse response) {
        this.response = response;
    }

    /**
     * Reads all of the body.
     *
     * @param receiver called with each part; what it throws fails the body
     */
    Future<Void> readTo(Vertx vertx, Duration timeout, Consumer<Buffer> receiver) {
        response.handler(part -> receive(part, receiver));
        response.exceptionHandler(this::fail);
        response.endHandler(end -> read.tryComplete());
        long timer = vertx.setPeriodic(timeout.toMillis(), tick -> requireProgress());
        response.resume();
        return read.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** Writes all of the body with back-pressure, and ends the stream after a success. */
    Future<Void> pipeTo(Vertx vertx, Duration timeout, WriteStream<Buffer> out) {
        return readTo(vertx, timeout, part -> {
                    out.write(part).onFailure(this::fail);
                    if (out.writeQueueFull()) {
                        blocked = true;
                        response.pause();
                        out.drainHandler(drained -> {
                            blocked = false;
                            response.resume();
                        });
                    }
                })
                .compose(done -> out.end());
    }

    private void receive(Buffer part, Consumer<Buffer> receiver) {
        if (read.future().isComplete()) {
            return;
        }
        try {
            bytes += part.length();
            receiver.accept(part);
        } catch (Throwable failure) {
            // Also an error, such as no memory: the next request may succeed.
            fail(failure);
        }
    }

    private void requireProgress() {
        boolean isSlow = bytes - seen < MIN_PROGRESS_BYTES && !blocked;
        seen = bytes;
        if (isSlow) {
            fail(new TimeoutException("the body makes no progress"));
        }
    }

    private void fail(Throwable failure) {
        if (read.tryFail(failure)) {
            response.request().connection().close();
        }
    }
}
