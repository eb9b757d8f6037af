package io.variate.cohorts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.Checks;
import io.variate.cluster.Cluster;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.observability.MetricNames;
import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the uploaded cohorts of this node in step with their source.
 *
 * <p>The leader checks the source, and the other nodes check the leader: after a notification of a change, and
 * periodically. A node that lacks the members of a cohort fetches them, one cohort at a time. If that fails, it keeps
 * serving the former members until a later check succeeds. Fetched cohorts stay on disk for the next start. All state
 * belongs to one Vert.x context.
 */
public final class CohortSynchronizer {
    private static final Logger log = LoggerFactory.getLogger(CohortSynchronizer.class);

    /** How long a replaced file stays: a download that has just looked up the cohort may still open it. */
    private static final long KEEP_FORMER_MILLIS = 30_000;

    /** Delay before the first retry of a failed fetch; doubles with each further failure. */
    private static final long FIRST_RETRY_MILLIS = 1_000;

    private static final long MAX_RETRY_MILLIS = 60_000;

    private static final long FIRST_CHECK_SECONDS = 60;

    /** Building a set of tens of millions of members exceeds Vert.x' default limit for workers. */
    private static final long MAX_WORK_MINUTES = 10;

    private final Vertx vertx;
    private final Checks checks;
    private final UploadedCohorts uploaded;
    private final Cluster cluster;
    private final @Nullable CohortSource source;
    private final CohortFiles files;
    private final CohortPeers peers;
    private final CohortFetcher fetcher;
    private final Duration checkInterval;
    private final WorkerExecutor worker;
    private final Counter failedFetches;
    private final Counter restores;

    /** Files that are no longer served, with the timers that delete them. */
    private final Map<OnDisk, Long> deletions = new HashMap<>();

    private final NavigableMap<Long, Promise<Void>> awaited = new TreeMap<>();

    private volatile StoredCohorts known = new StoredCohorts(-1, List.of());
    private volatile CohortStatus status = CohortStatus.UNKNOWN;

    /** The cohorts whose members are on disk. */
    private final Map<CohortId, StoredCohort> held = new HashMap<>();

    private volatile boolean sourceAnswered;
    private boolean complete;
    private boolean stopped;
    private long retryAt;
    private long retryAfter;
    private long timer = -1;

    /**
     * Does nothing before {@link #start}.
     *
     * @param source null if this node reads no source
     * @param dataDir the directory under which cohorts are stored
     */
    public CohortSynchronizer(
            Vertx vertx,
            UploadedCohorts uploaded,
            Cluster cluster,
            @Nullable CohortSource source,
            Path dataDir,
            Duration checkInterval,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.checks = new Checks(vertx.getOrCreateContext(), this::checkNow);
        this.uploaded = uploaded;
        this.cluster = cluster;
        this.source = source;
        this.files = new CohortFiles(dataDir);
        this.peers = new CohortPeers(vertx, uploaded, () -> known, this::readSource);
        this.checkInterval = checkInterval;
        this.worker = vertx.createSharedWorkerExecutor("variate-cohorts", 1, MAX_WORK_MINUTES, TimeUnit.MINUTES);
        this.fetcher = new CohortFetcher(peers, source, files, worker);
        this.failedFetches = metrics.counter(MetricNames.COHORT_FAILED_FETCHES);
        this.restores = metrics.counter(MetricNames.COHORT_RESTORES);
    }

    /**
     * Completes when the newest cohorts are served, because a node without them gives wrong answers. Falls back to the
     * cohorts on disk if the first check fails or takes longer than a minute. Never fails.
     *
     * @param sourceAnswers false if the source is known to be down: the first check is then not awaited
     */
    public Future<Void> start(boolean sourceAnswers) {
        return checks.onContext(() -> worker.executeBlocking(files::load)
                .onSuccess(this::serveFromDisk)
                .onFailure(failure -> log.warn("cannot read the cohorts on disk: {}", failure.toString()))
                .transform(loaded -> Future.join(peers.serveAs(cluster.member()), peers.onChange(this::check)))
                .transform(subscribed -> {
                    timer = vertx.setPeriodic(checkInterval.toMillis(), tick -> check());
                    Future<Void> checked = check();
                    return sourceAnswers
                            ? checked.timeout(FIRST_CHECK_SECONDS, TimeUnit.SECONDS)
                                    .otherwiseEmpty()
                            : Future.succeededFuture();
                }));
    }

    /** Stops checking and closes the subscription to changes. */
    public Future<Void> stop() {
        return checks.onContext(() -> {
            stopped = true;
            vertx.cancelTimer(timer);
            return source == null ? Future.succeededFuture() : source.close();
        });
    }

    /** The outcome of the last check. */
    public CohortStatus status() {
        return status;
    }

    /** Checks for changes; a call during a check causes another one after it. Never fails. */
    public Future<Void> check() {
        return checks.check();
    }

    /** Completes, on any thread, when all cohorts of a revision or a later one are served. May never complete: set a timeout. */
    Future<Void> reached(long revision) {
        return checks.onContext(() -> complete && known.revision() >= revision
                ? Future.succeededFuture()
                : awaited.computeIfAbsent(revision, key -> Promise.promise()).future());
    }

    /** Runs a check that begins after this call; completes with whether the source answered. */
    private Future<Boolean> readSource() {
        return check().compose(before -> check()).map(done -> sourceAnswered);
    }

    private void serveFromDisk(Map<CohortId, OnDiskCohort> found) {
        Map<CohortId, Cohort> cohorts = new HashMap<>();
        found.forEach((id, each) -> {
            cohorts.put(id, each.cohort());
            held.put(id, each.head());
        });
        uploaded.set(cohorts);
    }

    private Future<Void> checkNow() {
        sourceAnswered = false;
        if (stopped) {
            return Future.succeededFuture();
        }
        try {
            String leader = cluster.leader();
            CohortSource from = source;
            if (leader == null || (leader.equals(cluster.member()) && from == null)) {
                status = CohortStatus.NONE;
                return Future.succeededFuture();
            }
            Future<Void> checked = from != null && leader.equals(cluster.member())
                    ? checkSource(from)
                    : peers.heads(leader, complete)
                            .compose(found ->
                                    apply(found, null, (id, head) -> fetcher.fetchFromLeader(id, head, leader)));
            return checked.recover(failure -> {
                reportDown("cannot check uploaded cohorts: " + failure.getMessage());
                return Future.succeededFuture();
            });
        } catch (RuntimeException e) {
            // While Hazelcast shuts down, it throws instead of failing a future.
            log.warn("cannot check uploaded cohorts: {}", e.toString());
            return Future.succeededFuture();
        }
    }

    private Future<Void> checkSource(CohortSource from) {
        from.watch(this::check);
        return from.read(known, Map.copyOf(held)).compose(reading -> apply(
                        reading.cohorts(), reading.problem(), (id, head) -> fetcher.fetchFromSource(id, head, from))
                .onSuccess(applied -> sourceAnswered = reading.isConfirmed()));
    }

    /**
     * Serves the cohorts found, except those with an id that is none. A cohort that cannot be fetched keeps its former
     * members.
     *
     * @param found null if they are those that this node knows of
     * @param problem of the source, or null
     */
    private Future<Void> apply(
            @Nullable StoredCohorts found,
            @Nullable String problem,
            BiFunction<CohortId, StoredCohort, Future<Cohort>> fetch) {
        if (found == null || (complete && found.equals(known))) {
            if (complete) {
                status = CohortStatus.of(problem);
            }
            return Future.succeededFuture();
        }
        boolean sameAsBefore = found.equals(known);
        if (!sameAsBefore && found.revision() <= known.revision()) {
            restores.increment();
            log.warn(
                    "uploaded cohorts went back to an older state; serving it revision={} before={}",
                    found.revision(),
                    known.revision());
        }
        Map<CohortId, StoredCohort> heads = byId(found);
        if (heads.size() < found.cohorts().size() && !sameAsBefore) {
            log.warn(
                    "ignoring cohorts with a malformed id count={}",
                    found.cohorts().size() - heads.size());
        }
        removeAllBut(heads.keySet());
        Map<CohortId, StoredCohort> missing = new LinkedHashMap<>(heads);
        missing.entrySet().removeIf(entry -> isServed(entry.getKey(), entry.getValue()));
        if (!missing.isEmpty() && sameAsBefore && System.nanoTime() - retryAt < 0) {
            return Future.succeededFuture();
        }
        Future<Boolean> fetched = Future.succeededFuture(true);
        for (Map.Entry<CohortId, StoredCohort> entry : missing.entrySet()) {
            fetched = fetched.compose(
                    before -> replace(entry.getKey(), entry.getValue(), fetch).map(now -> before && now));
        }
        return fetched.onSuccess(all -> onApplied(found, all, problem)).mapEmpty();
    }

    private static Map<CohortId, StoredCohort> byId(StoredCohorts found) {
        Map<CohortId, StoredCohort> heads = new LinkedHashMap<>();
        for (StoredCohort head : found.cohorts()) {
            CohortId id = CohortId.parse(head.id());
            if (id != null) {
                heads.put(id, head);
            }
        }
        return heads;
    }

    private void onApplied(StoredCohorts found, boolean all, @Nullable String problem) {
        boolean changed = !found.equals(known);
        known = found;
        complete = all;
        if (all) {
            status = CohortStatus.of(problem);
            retryAfter = 0;
            NavigableMap<Long, Promise<Void>> reached = awaited.headMap(found.revision(), true);
            reached.values().forEach(Promise::complete);
            reached.clear();
        } else {
            retryAfter = Math.min(MAX_RETRY_MILLIS, Math.max(FIRST_RETRY_MILLIS, 2 * retryAfter));
            retryAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(retryAfter);
        }
        if (changed && isLeader()) {
            peers.announce();
        }
    }

    private void reportDown(String reason) {
        CohortStatus down = CohortStatus.down(reason);
        if (!down.equals(status)) {
            log.warn("{}; keeping revision={}", reason, known.revision());
        }
        status = down;
    }

    private boolean isLeader() {
        return cluster.member().equals(cluster.leader());
    }

    private boolean isServed(CohortId id, StoredCohort head) {
        Cohort cohort = uploaded.find(id);
        return cohort != null
                && cohort.groupType().equals(head.groupType())
                && cohort.body().equals(files.bodyOf(id, head));
    }

    /** Fetches one cohort and serves it; completes with whether that succeeded. */
    private Future<Boolean> replace(
            CohortId id, StoredCohort head, BiFunction<CohortId, StoredCohort, Future<Cohort>> fetch) {
        keep(files.bodyOf(id, head));
        return fetch.apply(id, head)
                .map(cohort -> {
                    serve(id, head, cohort);
                    return true;
                })
                .otherwise(failure -> {
                    failedFetches.increment();
                    log.warn(
                            "cannot fetch cohort={} lastModified={}: {}; keeping its former members",
                            id,
                            head.lastModified(),
                            failure.toString());
                    status = CohortStatus.down("cannot fetch cohort " + id + ": " + failure.getMessage());
                    return false;
                });
    }

    private void serve(CohortId id, StoredCohort head, Cohort cohort) {
        Map<CohortId, Cohort> cohorts = new HashMap<>(uploaded.all());
        Cohort former = cohorts.put(id, cohort);
        uploaded.set(cohorts);
        held.put(id, head);
        log.info("serving cohort={} members={} lastModified={}", id, cohort.size(), cohort.lastModified());
        if (former != null && !former.body().equals(cohort.body())) {
            deleteLater(former);
        }
    }

    private void removeAllBut(Set<CohortId> ids) {
        Map<CohortId, Cohort> cohorts = new HashMap<>(uploaded.all());
        Map<CohortId, Cohort> removed = new HashMap<>(cohorts);
        removed.keySet().removeAll(ids);
        if (!removed.isEmpty()) {
            cohorts.keySet().retainAll(ids);
            held.keySet().retainAll(ids);
            uploaded.set(cohorts);
            removed.values().forEach(this::deleteLater);
            log.info("no longer serving cohorts={}", removed.keySet());
        }
    }

    private void deleteLater(Cohort former) {
        if (former.body() instanceof OnDisk body) {
            keep(body);
            deletions.put(body, vertx.setTimer(KEEP_FORMER_MILLIS, over -> delete(body)));
        }
    }

    /** After a restore of the database, a file that was about to be deleted may be needed again. */
    private void keep(OnDisk body) {
        Long timer = deletions.remove(body);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private void delete(OnDisk body) {
        deletions.remove(body);
        worker.executeBlocking(() -> {
            files.delete(body);
            return null;
        });
    }
}
