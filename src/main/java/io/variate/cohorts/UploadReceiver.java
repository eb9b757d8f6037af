package io.variate.cohorts;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Receives the body of an upload into a file, with back pressure, a size limit and a stall timeout. Used on one event loop. */
final class UploadReceiver {
    private static final long STALL_MILLIS = 30_000;

    private final Vertx vertx;
    private final ReadStream<Buffer> body;
    private final long maxBytes;
    private final Promise<Void> received = Promise.promise();
    private long bytes;
    private long bytesBefore = -1;
    private @Nullable Throwable writeFailure;

    /**
     * Listens for failures of the body at once, because the stream reports a failure only once.
     *
     * @param body paused
     * @param maxBytes larger bodies are rejected
     */
    UploadReceiver(Vertx vertx, ReadStream<Buffer> body, long maxBytes) {
        this.vertx = vertx;
        this.body = body;
        this.maxBytes = maxBytes;
        // A broken connection is the client's failure, not one of the disk or the database.
        body.exceptionHandler(
                broken -> received.tryFail(InvalidCohortException.malformed("the body cannot be read to its end")));
    }

    /** Completes when the file has the whole body. Closes the file in any case. */
    Future<Void> receiveInto(AsyncFile file) {
        long stallTimer = vertx.setPeriodic(STALL_MILLIS, tick -> failIfStalled());
        body.endHandler(end -> received.tryComplete());
        body.handler(piece -> write(piece, file));
        body.resume();
        return received.future()
                .onComplete(done -> vertx.cancelTimer(stallTimer))
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
        if (bytes > maxBytes) {
            received.tryFail(InvalidCohortException.tooLarge("the body has more than " + maxBytes + " bytes"));
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

    private void failIfStalled() {
        if (bytes == bytesBefore) {
            received.tryFail(InvalidCohortException.malformed(
                    "no data of the body was received for " + STALL_MILLIS / 1_000 + " seconds"));
        }
        bytesBefore = bytes;
    }
}
