package io.variate.cohorts;

import io.variate.engine.Membership;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Changes cohorts in the database.
 *
 * <p>A body goes to the disk as fast as the disk takes it, and into the database in one transaction once it is known to be a
 * cohort: one that breaks off or is wrong changes nothing. Thread-safe.
 */
public final class CohortEditor {
    /** Bodies on the disk at a time. */
    private static final int MOST_UPLOADS = 4;

    /** Bytes that a body may have for each member allowed; ids are mostly shorter, and a disk is not without end. */
    private static final long BYTES_PER_MEMBER = 128;

    private static final long LEAST_BYTES = 1 << 20;
    private static final long MOST_WORK_MINUTES = 10;
    private static final long SERVED_SOON_SECONDS = 5;
    private static final int LONGEST_GROUP_TYPE = 256;

    private final Vertx vertx;
    private final CohortStore store;
    private final CohortSynchronizer synchronizer;
    private final CohortFiles files;
    private final long mostMembers;
    private final Clock clock;
    private final WorkerExecutor worker;
    private final Semaphore places = new Semaphore(MOST_UPLOADS);

    /**
     * Writes to a database.
     *
     * @param dataDir where bodies are kept while they are read
     * @param mostMembers largest cohort accepted
     */
    public CohortEditor(
            Vertx vertx,
            CohortStore store,
            CohortSynchronizer synchronizer,
            Path dataDir,
            long mostMembers,
            Clock clock) {
        this.vertx = vertx;
        this.store = store;
        this.synchronizer = synchronizer;
        this.files = new CohortFiles(dataDir);
        this.mostMembers = mostMembers;
        this.clock = clock;
        this.worker =
                vertx.createSharedWorkerExecutor("variate-cohort-uploads", 1, MOST_WORK_MINUTES, TimeUnit.MINUTES);
    }

    /** Too many uploads are under way. */
    public static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BusyException() {
            super("too many uploads are under way", null, false, false);
        }
    }

    /**
     * Replaces a cohort, or adds it.
     *
     * @param groupType null for what the body says, or else users
     * @param body JSON as {@code PUT /api/1/cohorts/{id}} takes it; on the event loop of the caller, paused, and
     *     not read to its end if it is too large
     * @param least the cohort's {@code lastModified} will be above this
     * @return the cohort as stored, committed, and as a rule served by this node already; fails with {@link
     *     InvalidCohortException}, {@link BusyException}, {@link UncheckedIOException} if the disk does not take it, or otherwise if the
     *     database does not do its part
     */
    public Future<StoredCohort> replace(String id, @Nullable String groupType, ReadStream<Buffer> body, long least) {
        if (!places.tryAcquire()) {
            return Future.failedFuture(new BusyException());
        }
        Reception reception = new Reception(vertx, body, Math.max(LEAST_BYTES, mostMembers * BYTES_PER_MEMBER));
        return worker.executeBlocking(files::received, false)
                .recover(CohortEditor::asDiskFailure)
                .compose(file -> receive(reception, file)
                        .compose(done -> prepare(file))
                        .recover(CohortEditor::asDiskFailure)
                        .compose(upload -> store(upload, id, groupType, least))
                        .eventually(() -> delete(file)))
                .onComplete(done -> places.release());
    }

    /**
     * Deletes a cohort.
     *
     * @return whether there was one; fails if the database does not do its part
     */
    public Future<Boolean> delete(String id) {
        return store.migrate()
                .compose(done -> store.delete(id, clock.millis()))
                .compose(deleted -> synchronizer.check().map(deleted));
    }

    private Future<Void> receive(Reception reception, Path file) {
        return vertx.fileSystem()
                .open(file.toString(), new OpenOptions().setRead(false).setCreate(false))
                .recover(failure -> Future.failedFuture(new IOException(failure)))
                .compose(reception::into);
    }

    /** Drivers of databases fail with such exceptions too, and somebody has to know which it was. */
    private static <T> Future<T> asDiskFailure(Throwable failure) {
        return Future.failedFuture(failure instanceof IOException onDisk ? new UncheckedIOException(onDisk) : failure);
    }

    private Future<Upload> prepare(Path body) {
        return worker.executeBlocking(() -> Upload.prepare(body, list(body), mostMembers), false);
    }

    private Future<StoredCohort> store(Upload upload, String id, @Nullable String groupType, long least) {
        String stated = upload.groupType();
        if (groupType != null && stated != null && !groupType.equals(stated)) {
            return Future.failedFuture(
                    InvalidCohortException.malformed("groupType is not the same in the body and in the URL"));
        }
        if (stated != null && !isStorable(stated)) {
            return Future.failedFuture(InvalidCohortException.malformed("groupType must have 1 to " + LONGEST_GROUP_TYPE
                    + " characters, and must not contain a NUL character or half of a surrogate pair"));
        }
        String type = groupType != null ? groupType : stated != null ? stated : Membership.USER;
        StoredCohort cohort = upload.as(id, type, Math.max(clock.millis(), least + 1));
        return store.migrate()
                .compose(done -> store.replace(
                        cohort, number -> worker.executeBlocking(() -> upload.chunk(number), false), upload.chunks()))
                .compose(stored -> {
                    synchronizer.check();
                    return whenServed(stored);
                });
    }

    /** PostgreSQL rejects NUL in text; half of a surrogate pair has no UTF-8, so the driver would store another text. */
    private static boolean isStorable(String groupType) {
        return groupType.length() <= LONGEST_GROUP_TYPE
                && groupType.indexOf('\0') < 0
                && StandardCharsets.UTF_8.newEncoder().canEncode(groupType);
    }

    /** Lets whoever wrote read the own write on this node, but does not make a committed write wait for long. */
    private Future<StoredCohort> whenServed(StoredCohort stored) {
        return synchronizer
                .reached(stored.lastModified())
                .timeout(SERVED_SOON_SECONDS, TimeUnit.SECONDS)
                .otherwiseEmpty()
                .map(stored);
    }

    private Future<Void> delete(Path file) {
        return worker.executeBlocking(
                () -> {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(list(file));
                    return null;
                },
                false);
    }

    private static Path list(Path body) {
        return body.resolveSibling(body.getFileName() + ".list.new");
    }
}
