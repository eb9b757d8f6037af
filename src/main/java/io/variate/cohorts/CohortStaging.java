package io.variate.cohorts;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Receives downloads of cohorts into files of {@code node.data-dir}. Unfinished and unused files are deleted at the next
 * start. Thread-safe; never blocks the caller.
 */
public final class CohortStaging {
    private static final long MAX_WORK_MINUTES = 10;

    private final Vertx vertx;
    private final CohortFiles files;
    private final SpareSpace space;
    private final long maxMembers;
    private final WorkerExecutor worker;
    private final WorkerExecutor reader;

    /**
     * Creates nothing on disk.
     *
     * @param dataDir the directory under which cohorts are stored
     * @param maxMembers size of the largest cohort accepted
     */
    public CohortStaging(Vertx vertx, Path dataDir, long maxMembers) {
        this(vertx, dataDir, maxMembers, SpareSpace.of(dataDir));
    }

    CohortStaging(Vertx vertx, Path dataDir, long maxMembers, SpareSpace space) {
        this.vertx = vertx;
        this.space = space;
        this.files = new CohortFiles(dataDir);
        this.maxMembers = maxMembers;
        this.worker =
                vertx.createSharedWorkerExecutor("variate-cohort-downloads", 1, MAX_WORK_MINUTES, TimeUnit.MINUTES);
        this.reader = vertx.createSharedWorkerExecutor("variate-cohort-reader", 1);
    }

    /** Size of the largest cohort accepted. */
    public long maxMembers() {
        return maxMembers;
    }

    /**
     * Starts to receive a body on the Vert.x context of the caller.
     *
     * @param declaredBytes length of the body as its head declares it, or 0
     * @param stallTimeout a body that makes little progress for so long is aborted
     */
    public IncomingCohort receive(CohortId id, long declaredBytes, Duration stallTimeout) {
        return new IncomingCohort(id, declaredBytes, vertx, files, space, stallTimeout, maxMembers, worker, reader);
    }
}
