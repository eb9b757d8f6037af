package io.variate.cohorts;

import io.variate.files.PrivateFiles;
import io.variate.store.CohortChange;
import io.variate.store.CohortDetails;
import io.variate.store.CohortStore;
import io.variate.store.CohortVersion;
import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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

    /** Of an edit whose base was replaced meanwhile. */
    private static final int MAX_ATTEMPTS = 20;

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

    /** No cohort with the id was uploaded. */
    public static final class UnknownCohortException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnknownCohortException() {
            super("no uploaded cohort has this id", null, false, false);
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
     *     {@link BusyException}, {@link io.variate.store.CohortConflictException}, {@link UncheckedIOException} if the disk
     *     fails, or another exception if the database fails
     */
    public Future<StoredCohort> replace(
            CohortId id, @Nullable String groupType, ReadStream<Buffer> body, long after, CohortChange change) {
        UploadReceiver receiver = new UploadReceiver(vertx, body, Upload.maxBytes(maxMembers));
        return prepared(file -> receive(receiver, file), upload -> store(upload, id, groupType, after, null, change));
    }

    /**
     * Creates a cohort. Fails like {@link #replace}, and with {@link io.variate.store.CohortConflictException} if it was
     * uploaded before.
     *
     * @param members in one of the forms of an upload, in memory
     * @param after as for {@link #replace}
     */
    public Future<StoredCohort> create(CohortId id, String groupType, Buffer members, long after, CohortChange change) {
        return prepared(
                file -> vertx.fileSystem()
                        .writeFile(file.toString(), members)
                        .recover(failure -> Future.failedFuture(new IOException(failure))),
                upload -> store(upload, id, groupType, after, CohortStore.ABSENT, change));
    }

    /**
     * Adds members to an uploaded cohort, or removes some. Members that are there already, or that are not there, are
     * ignored. Concurrent edits of one cohort are all applied. Fails like {@link #replace}, and with {@link
     * UnknownCohortException}.
     *
     * @param body as for {@link #replace}; its group type, if stated, must be that of the cohort
     */
    public Future<StoredCohort> edit(CohortId id, MemberEdit edit, ReadStream<Buffer> body, CohortChange change) {
        UploadReceiver receiver = new UploadReceiver(vertx, body, Upload.maxBytes(maxMembers));
        return prepared(file -> receive(receiver, file), members -> edit(id, edit, members, change, MAX_ATTEMPTS));
    }

    private Future<StoredCohort> edit(CohortId id, MemberEdit edit, Upload members, CohortChange change, int attempts) {
        return store.find(id.text()).compose(present -> {
            if (present == null) {
                return Future.failedFuture(new UnknownCohortException());
            }
            return requireGroupType(members, present)
                    .compose(fits -> edited(present, edit, members, id, change))
                    .recover(failure -> hasChanged(present)
                            .compose(changed -> changed && attempts > 1
                                    ? edit(id, edit, members, change, attempts - 1)
                                    : Future.failedFuture(failure)));
        });
    }

    /** Whether another change replaced or deleted the cohort. */
    private Future<Boolean> hasChanged(StoredCohort base) {
        return store.find(base.id()).map(now -> now == null || now.upload() != base.upload());
    }

    private Future<StoredCohort> edited(
            StoredCohort present, MemberEdit edit, Upload members, CohortId id, CohortChange change) {
        return inFile(list -> fetch(present, list, 0, 0)
                .compose(fetched -> inFile(body -> worker.executeBlocking(
                                () -> {
                                    edit.write(list, members, body);
                                    return null;
                                },
                                false)
                        .compose(written -> prepare(body, 2 * maxMembers))
                        .recover(CohortEditor::asDiskFailure)
                        .compose(this::requireAllowedSize)
                        .compose(upload -> store(
                                upload, id, present.groupType(), present.lastModified(), present.upload(), change)))));
    }

    /** Before duplicates were removed, the members may have been twice as many. */
    private Future<Upload> requireAllowedSize(Upload upload) {
        return upload.size() <= maxMembers
                ? Future.succeededFuture(upload)
                : Future.failedFuture(InvalidCohortException.tooManyMembers(maxMembers));
    }

    private static Future<Void> requireGroupType(Upload members, StoredCohort present) {
        String stated = members.stated().groupType();
        return stated == null || stated.equals(present.groupType())
                ? Future.succeededFuture()
                : Future.failedFuture(InvalidCohortException.malformed("groupType differs from that of the cohort"));
    }

    /** Appends the pieces of the list of members to a file. */
    private Future<Void> fetch(StoredCohort present, Path list, int number, long offset) {
        return offset >= present.bytes()
                ? Future.succeededFuture()
                : store.chunk(present.upload(), number)
                        .compose(piece -> worker.executeBlocking(() -> append(list, piece), false)
                                .recover(CohortEditor::asDiskFailure)
                                .compose(appended -> fetch(present, list, number + 1, offset + piece.length())));
    }

    private static int append(Path list, Buffer piece) throws IOException {
        try (FileChannel file = PrivateFiles.open(list, StandardOpenOption.APPEND)) {
            ByteBuffer rest = ByteBuffer.wrap(piece.getBytes());
            while (rest.hasRemaining()) {
                file.write(rest);
            }
        }
        return piece.length();
    }

    /** Receives and checks a body; the file is deleted in the end. */
    private Future<StoredCohort> prepared(
            Function<Path, Future<Void>> receive, Function<Upload, Future<StoredCohort>> use) {
        if (!uploads.tryAcquire()) {
            return Future.failedFuture(new BusyException());
        }
        return inFile(file -> receive.apply(file)
                        .compose(done -> prepare(file, maxMembers))
                        .recover(CohortEditor::asDiskFailure)
                        .compose(use))
                .onComplete(done -> uploads.release());
    }

    private <T> Future<T> inFile(Function<Path, Future<T>> use) {
        return worker.executeBlocking(files::createForUpload, false)
                .recover(CohortEditor::asDiskFailure)
                .compose(file -> use.apply(file).eventually(() -> delete(file)));
    }

    /**
     * Changes the name and the description of an uploaded cohort.
     *
     * @return whether the cohort exists; fails like {@link #replace}
     */
    public Future<Boolean> describe(CohortId id, CohortChange change) {
        return store.migrate().compose(done -> store.describe(id.text(), change));
    }

    /**
     * Deletes a cohort.
     *
     * @return whether the cohort existed; fails with {@link io.variate.store.CohortConflictException}, or if the database
     *     fails
     */
    public Future<Boolean> delete(CohortId id, CohortChange change) {
        return store.migrate()
                .compose(done -> store.delete(id.text(), clock.millis(), change))
                .compose(deleted -> synchronizer.check().map(deleted));
    }

    /** What is noted about cohorts; as {@link CohortStore#details}, by the cohort. */
    public Future<Map<CohortId, CohortDetails>> details() {
        return store.details().map(found -> {
            Map<CohortId, CohortDetails> byId = new HashMap<>();
            for (CohortDetails details : found) {
                CohortId id = CohortId.parse(details.cohort());
                if (id != null) {
                    byId.put(id, details);
                }
            }
            return byId;
        });
    }

    /** The newest versions of an uploaded cohort, newest first; empty if there is none. */
    public Future<List<CohortVersion>> versions(CohortId id) {
        return store.versions(id.text());
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

    private Future<Upload> prepare(Path body, long mostMembers) {
        return worker.executeBlocking(
                () -> Upload.prepare(body, CohortFiles.listOf(body), mostMembers, MemberReader::new), false);
    }

    private Future<StoredCohort> store(
            Upload upload,
            CohortId id,
            @Nullable String groupType,
            long after,
            @Nullable Long expectedUpload,
            CohortChange change) {
        String stated = upload.stated().groupType();
        if (groupType != null && stated != null && !groupType.equals(stated)) {
            return Future.failedFuture(
                    InvalidCohortException.malformed("groupType differs between the body and the URL"));
        }
        String type = groupType == null ? upload.groupType() : groupType;
        StoredCohort cohort = upload.as(id.text(), type, Math.max(clock.millis(), after + 1));
        return store.migrate()
                .compose(done -> store.replace(
                        cohort,
                        number -> worker.executeBlocking(() -> upload.chunk(number), false),
                        upload.chunks(),
                        expectedUpload,
                        change))
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
