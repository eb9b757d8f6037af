package io.variate.cohorts;

import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;

/** A downloaded and verified cohort on disk that is not served yet. Thread-safe; never blocks the caller. */
public final class StagedCohort {
    private final StoredCohort head;
    private final Upload upload;
    private final WorkerExecutor reader;

    StagedCohort(StoredCohort head, Upload upload, WorkerExecutor reader) {
        this.head = head;
        this.upload = upload;
        this.reader = reader;
    }

    /** The description of this version. */
    public StoredCohort head() {
        return head;
    }

    /**
     * Reads a piece of the list of members.
     *
     * @param number from 0
     * @return fails if the piece does not exist, or the cohort was discarded
     */
    public Future<Buffer> piece(int number) {
        return number < upload.chunks()
                ? reader.executeBlocking(() -> upload.chunk(number))
                : Future.failedFuture("piece " + number + " does not exist");
    }

    /** Deletes the file. */
    public Future<Void> discard() {
        return reader.executeBlocking(() -> {
            Files.deleteIfExists(upload.list());
            return null;
        });
    }
}
