package io.variate.cohorts;

import io.variate.cohorts.MemberReader.Stated;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystemException;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Receives the body of a cohort into a file, with back-pressure. A body over the limit fails at the limit. Call {@link
 * #finish} after the end of the body, or {@link #discard} if the body does not arrive. Used on one Vert.x context.
 *
 * <p>Failures are {@link InvalidCohortException}s, and {@link UncheckedIOException}s if the disk fails.
 */
public final class IncomingCohort implements WriteStream<Buffer> {
    /** Strings that are not members: names and values of the other fields, also unknown ones. */
    private static final int OTHER_STRINGS = 64;

    /** Bytes that are no members: whitespace and unknown fields. */
    private static final long MAX_OVERHEAD = 1 << 20;

    /** After each of these many bytes, the disk space is checked. */
    private static final long SPACE_CHECK_BYTES = 8 << 20;

    /** Slower bodies are aborted: they would occupy a download for days. */
    private static final long MIN_BYTES_PER_SECOND = 16 << 10;

    private final CohortId id;
    private final long declaredBytes;
    private final long maxMembers;
    private final long maxBytes;
    private final WorkerExecutor worker;
    private final WorkerExecutor reader;
    private final Vertx vertx;
    private final SpareSpace space;
    private final Duration stallTimeout;
    private final BodyScanner scanner = new BodyScanner();
    private final Future<Path> body;
    private final Future<AsyncFile> file;
    private @Nullable Future<Void> closed;
    private Future<Void> spaceCheck;
    private long bytes;
    private long bytesAtSpaceCheck;
    private long bytesAtProgressCheck;
    private long lastProgressCheck = System.nanoTime();

    /**
     * @param stallTimeout interval at which the progress of the body is checked
     * @param worker verifies the body
     * @param reader reads pieces of the staged cohort
     */
    IncomingCohort(
            CohortId id,
            long declaredBytes,
            Vertx vertx,
            CohortFiles files,
            SpareSpace space,
            Duration stallTimeout,
            long maxMembers,
            WorkerExecutor worker,
            WorkerExecutor reader) {
        this.id = id;
        this.declaredBytes = declaredBytes;
        this.vertx = vertx;
        this.space = space;
        this.stallTimeout = stallTimeout;
        this.maxMembers = maxMembers;
        this.maxBytes = Upload.maxBytes(maxMembers);
        this.worker = worker;
        this.reader = reader;
        // Not on the worker: another cohort may occupy it for minutes, and the body would time out.
        this.body = vertx.executeBlocking(files::createForUpload, false).recover(IncomingCohort::asDiskFailure);
        this.spaceCheck = body.compose(path -> checkSpace(0));
        this.file = spaceCheck.compose(checked -> body).compose(path -> vertx.fileSystem()
                .open(path.toString(), new OpenOptions().setRead(false).setCreate(false))
                .recover(IncomingCohort::asDiskFailure));
    }

    @Override
    public Future<Void> write(Buffer piece) {
        bytes += piece.length();
        if (Math.max(bytes, declaredBytes) > maxBytes) {
            return Future.failedFuture(
                    InvalidCohortException.tooLarge("the body has more than " + maxBytes + " bytes"));
        }
        scanner.add(piece.getBytes());
        if (scanner.strings() > maxMembers + OTHER_STRINGS) {
            return Future.failedFuture(InvalidCohortException.tooManyMembers(maxMembers));
        }
        if (scanner.overhead() > MAX_OVERHEAD) {
            return Future.failedFuture(InvalidCohortException.tooLarge(
                    "the body has more than " + MAX_OVERHEAD + " bytes besides its members"));
        }
        if (isTooSlow()) {
            return Future.failedFuture(InvalidCohortException.malformed(
                    "the body arrives at less than " + MIN_BYTES_PER_SECOND + " bytes per second"));
        }
        if (bytes - bytesAtSpaceCheck >= SPACE_CHECK_BYTES) {
            bytesAtSpaceCheck = bytes;
            spaceCheck = spaceCheck.compose(checked -> checkSpace(bytesAtSpaceCheck));
        }
        if (spaceCheck.failed()) {
            return spaceCheck;
        }
        return file.compose(open -> open.write(piece)).recover(IncomingCohort::asDiskFailure);
    }

    private boolean isTooSlow() {
        long elapsed = System.nanoTime() - lastProgressCheck;
        if (elapsed < stallTimeout.toNanos()) {
            return false;
        }
        long expected = (long) (MIN_BYTES_PER_SECOND * (elapsed / 1e9));
        boolean isTooSlow = bytes - bytesAtProgressCheck < expected;
        lastProgressCheck += elapsed;
        bytesAtProgressCheck = bytes;
        return isTooSlow;
    }

    /** The body is followed by the list of members, then by two forms of the cohort; at most three files exist at once. */
    private Future<Void> checkSpace(long received) {
        return vertx.executeBlocking(
                        () -> {
                            if (space.bytes() < 2 * received) {
                                String reason = "not enough disk space; a part is reserved for the event log";
                                throw new UncheckedIOException(reason, new IOException(reason));
                            }
                            return null;
                        },
                        false)
                .<Void>mapEmpty()
                .recover(IncomingCohort::asDiskFailure);
    }

    @Override
    public Future<Void> end() {
        return close();
    }

    /** Until the file is open, the writer waits. */
    @Override
    public boolean writeQueueFull() {
        return !file.succeeded() || file.result().writeQueueFull();
    }

    @Override
    public IncomingCohort drainHandler(@Nullable Handler<@Nullable Void> handler) {
        if (handler != null) {
            file.onSuccess(open -> {
                if (open.writeQueueFull()) {
                    open.drainHandler(handler);
                } else {
                    handler.handle(null);
                }
            });
        }
        return this;
    }

    /** Does nothing: each write has its own future. */
    @Override
    public IncomingCohort exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }

    /** Does nothing: the default of a file is small. */
    @Override
    public IncomingCohort setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    /** Verifies the body and stages the cohort. Deletes the body in any case. */
    public Future<StagedCohort> finish() {
        return close().compose(done -> checkSpace(bytes))
                .compose(checked -> body)
                .compose(path -> worker.executeBlocking(() -> stage(path)))
                .recover(IncomingCohort::asDiskFailure)
                .eventually(this::discard);
    }

    private StagedCohort stage(Path path) throws IOException {
        Path list = CohortFiles.listOf(path);
        try {
            Upload upload = Upload.prepare(path, list, maxMembers, MemberReader::ofDownload);
            requireComplete(upload.stated());
            return new StagedCohort(
                    upload.as(id.text(), upload.groupType(), upload.stated().lastModified()), upload, reader);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(list);
            throw e;
        }
    }

    private void requireComplete(Stated stated) {
        if (stated.cohortId() != null && !stated.cohortId().equals(id.id())) {
            throw InvalidCohortException.malformed("the body describes another cohort");
        }
        if (stated.lastModified() <= 0) {
            throw InvalidCohortException.malformed("lastModified must be a positive integer");
        }
    }

    /** Deletes what was received. */
    public Future<Void> discard() {
        return close().otherwiseEmpty()
                .compose(done -> body)
                .compose(path -> worker.executeBlocking(() -> {
                    Files.deleteIfExists(path);
                    return null;
                }));
    }

    private Future<Void> close() {
        Future<Void> closing = closed;
        if (closing == null) {
            closing = file.compose(AsyncFile::close).recover(IncomingCohort::asDiskFailure);
            closed = closing;
        }
        return closing;
    }

    private static <T> Future<T> asDiskFailure(Throwable failure) {
        boolean isOfDisk = failure instanceof IOException || failure instanceof FileSystemException;
        return Future.failedFuture(isOfDisk ? new UncheckedIOException(new IOException(failure)) : failure);
    }
}
