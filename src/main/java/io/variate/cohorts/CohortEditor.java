package io.variate.cohorts;

import io.variate.store.CohortStore;
import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Changes cohorts in the database.
 *
 * <p>A body is received into a file, with back pressure, and validated there. Only a valid cohort is written to the
 * database, in one transaction: an aborted or invalid upload changes nothing. Thread-safe.
 */
public final class CohortEditor {
    /** Concurrent uploads: each occupies disk space. */
    private static final int MAX_UPLOADS = 4;

    private static final long MAX_WORK_MINUTES = 10;
    private static final long MAX_WAIT_UNTIL_SERVED_SECONDS = 5;

    private final Vertx vertx;
    private final CohortStore store;
    private final CohortSynchronizer synchronizer;
    private final CohortFiles files;
    private final long maxMembers;
    private final Clock clock;
    private final WorkerExecutor worker;
    private final Semaphore uploads = new Semaphore(MAX_UPLOADS);

    /**
     * Writes to the database of {@code store}.
     *
     * @param dataDir the directory under which bodies are stored while they are processed
     * @param maxMembers size of the largest cohort accepted
     */
    public CohortEditor(
            Vertx vertx,
            CohortStore store,
            CohortSynchronizer synchronizer,
            Path dataDir,
            long maxMembers,
            Clock clock) {
        this.vertx = vertx;
        this.store = store;
        this.synchronizer = synchronizer;
        this.files = new CohortFiles(dataDir);
        this.maxMembers = maxMembers;
        this.clock = clock;
        this.worker = vertx.createSharedWorkerExecutor("variate-cohort-uploads", 1, MAX_WORK_MINUTES, TimeUnit.MINUTES);
    }

    /** Too many uploads are in progress. */
    public static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BusyException() {
            super("too many uploads are in progress", null, false, false);
        }
    }

    /**
     * Creates or replaces a cohort.
     *
     * @param groupType null for the group type that the body states, or users if it states none
     * @param body JSON as {@code PUT /api/1/cohorts/{id}} accepts it; paused, on the event loop of the caller; not read to
     *     its end if it is too large
     * @param after {@code lastModified} of the stored cohort will be greater than this
     * @return the cohort, committed, and usually served by this node already; fails with {@link InvalidCohortException},
     *     {@link BusyException}, {@link UncheckedIOException} if the disk fails, or another exception if the database fails
     */
    public Future<StoredCohort> replace(CohortId id, @Nullable String groupType, ReadStream<Buffer> body, long after) {
        if (!uploads.tryAcquire()) {
            return Future.failedFuture(new BusyException());
        }
        UploadReceiver receiver = new UploadReceiver(vertx, body, Upload.maxBytes(maxMembers));
        return worker.executeBlocking(files::createForUpload, false)
                .recover(CohortEditor::asDiskFailure)
                .compose(file -> receive(receiver, file)
                        .compose(done -> prepare(file))
                        .recover(CohortEditor::asDiskFailure)
                        .compose(upload -> store(upload, id, groupType, after))
                        .eventually(() -> delete(file)))
                .onComplete(done -> uploads.release());
    }

    /**
     * Deletes a cohort.
     *
     * @return whether the cohort existed; fails if the database fails
     */
    public Future<Boolean> delete(CohortId id) {
        return store.migrate()
                .compose(done -> store.delete(id.text(), clock.millis()))
                .compose(deleted -> synchronizer.check().map(deleted));
    }

    private Future<Void> receive(UploadReceiver receiver, Path file) {
        return vertx.fileSystem()
                .open(file.toString(), new OpenOptions().setRead(false).setCreate(false))
                .recover(failure -> Future.failedFuture(new IOException(failure)))
                .compose(receiver::receiveInto);
    }

    /** Marks disk failures, because the database client fails with {@link IOException} as well. */
    private static <T> Future<T> asDiskFailure(Throwable failure) {
        return Future.failedFuture(failure instanceof IOException onDisk ? new UncheckedIOException(onDisk) : failure);
    }

    private Future<Upload> prepare(Path body) {
        return worker.executeBlocking(
                () -> Upload.prepare(body, CohortFiles.listOf(body), maxMembers, MemberReader::new), false);
    }

    private Future<StoredCohort> store(Upload upload, CohortId id, @Nullable String groupType, long after) {
        String stated = upload.stated().groupType();
        if (groupType != null && stated != null && !groupType.equals(stated)) {
            return Future.failedFuture(
                    InvalidCohortException.malformed("groupType differs between the body and the URL"));
        }
        String type = groupType == null ? upload.groupType() : groupType;
        StoredCohort cohort = upload.as(id.text(), type, Math.max(clock.millis(), after + 1));
        return store.migrate()
                .compose(done -> store.replace(
                        cohort, number -> worker.executeBlocking(() -> upload.chunk(number), false), upload.chunks()))
                .compose(stored -> {
                    synchronizer.check();
                    return whenServed(stored);
                });
    }

    /** Gives the client read-your-writes on this node, but does not delay the response to a committed write for long. */
    private Future<StoredCohort> whenServed(StoredCohort stored) {
        return synchronizer
                .reached(stored.lastModified())
                .timeout(MAX_WAIT_UNTIL_SERVED_SECONDS, TimeUnit.SECONDS)
                .otherwiseEmpty()
                .map(stored);
    }

    private Future<Void> delete(Path file) {
        return worker.executeBlocking(
                () -> {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(CohortFiles.listOf(file));
                    return null;
                },
                false);
    }
}
