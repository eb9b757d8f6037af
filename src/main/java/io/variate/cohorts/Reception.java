package io.variate.cohorts;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Brings a body to a file, as fast as the file takes it, within bounds of size and of patience. On one event loop. */
final class Reception {
    private static final long STALL_MILLIS = 30_000;

    private final Vertx vertx;
    private final ReadStream<Buffer> body;
    private final long most;
    private final Promise<Void> received = Promise.promise();
    private long bytes;
    private long bytesBefore = -1;
    private @Nullable Throwable writeFailure;

    /**
     * Listens from now on for the end of whoever sends the body, for that is told once only.
     *
     * @param body paused
     * @param most how many bytes are taken
     */
    Reception(Vertx vertx, ReadStream<Buffer> body, long most) {
        this.vertx = vertx;
        this.body = body;
        this.most = most;
        // Whatever breaks the connection, neither the disk nor the database failed.
        body.exceptionHandler(
                broken -> received.tryFail(InvalidCohortException.malformed("the body cannot be read to its end")));
    }

    /** Completes when all is in the file, which is closed then, also if that fails. */
    Future<Void> into(AsyncFile file) {
        long watch = vertx.setPeriodic(STALL_MILLIS, tick -> endIfStalled());
        body.endHandler(end -> received.tryComplete());
        body.handler(piece -> write(piece, file));
        body.resume();
        return received.future()
                .onComplete(done -> vertx.cancelTimer(watch))
                .eventually(file::close)
                .compose(done -> writeFailure == null
                        ? Future.succeededFuture()
                        : Future.failedFuture(new IOException(writeFailure)));
    }

    private void write(Buffer piece, AsyncFile file) {
        if (received.future().isComplete()) {
            return;
        }
        bytes += piece.length();
        if (bytes > most) {
            received.tryFail(InvalidCohortException.tooLarge("the body has more than " + most + " bytes"));
            return;
        }
        file.write(piece).onFailure(failure -> {
            writeFailure = failure;
            received.tryFail(new IOException(failure));
        });
        if (file.writeQueueFull()) {
            body.pause();
            file.drainHandler(drained -> body.resume());
        }
    }

    private void endIfStalled() {
        if (bytes == bytesBefore) {
            received.tryFail(InvalidCohortException.malformed("the body stopped coming"));
        }
        bytesBefore = bytes;
    }
}
