package io.variate.cohorts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.Checks;
import io.variate.cluster.Cluster;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.observability.MetricNames;
import io.variate.store.ChangeListener;
import io.variate.store.CohortStore;
import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the uploaded cohorts of this node those of the database.
 *
 * <p>The leader looks at the database: told of a change, or else at the next periodic check. Others ask the leader: told by
 * it of a change, or else likewise. Whoever lacks the members of a cohort fetches them, one cohort at a time, from the
 * leader or else from the database, and goes on with what it has if that fails, until a later check. What is fetched is
 * kept on the disk, where a start finds it. All state is touched on one Vert.x context.
 */
public final class CohortSynchronizer {
    private static final Logger log = LoggerFactory.getLogger(CohortSynchronizer.class);

    /** How long a download that has just found a cohort may take to open the file of it. */
    private static final long KEEP_FORMER_MILLIS = 30_000;

    /** How long nothing is fetched again after a failure: at the first, and at most. */
    private static final long FIRST_RETRY_MILLIS = 1_000;

    private static final long LAST_RETRY_MILLIS = 60_000;

    private static final long FIRST_CHECK_SECONDS = 60;

    /** Building a set of tens of millions takes longer than Vert.x expects of a worker. */
    private static final long MOST_WORK_MINUTES = 10;

    private final Vertx vertx;
    private final Checks checks;
    private final UploadedCohorts uploaded;
    private final Cluster cluster;
    private final @Nullable CohortStore store;
    private final CohortFiles files;
    private final CohortPeers peers;
    private final Duration checkInterval;
    private final WorkerExecutor worker;
    private final Counter failedFetches;
    private final Counter restores;

    /** Bodies that are served no longer, with the timers that delete them. */
    private final Map<OnDisk, Long> leaving = new HashMap<>();

    private final NavigableMap<Long, Promise<Void>> awaited = new TreeMap<>();
    private final @Nullable ChangeListener listener;

    private volatile StoredCohorts known = new StoredCohorts(-1, List.of());
    private volatile CohortStatus status = CohortStatus.UNKNOWN;
    private @Nullable String loadedVersion;
    private volatile boolean databaseAnswered;
    private boolean complete;
    private boolean stopped;
    private long retryAt;
    private long retryAfter;
    private long timer = -1;

    /**
     * Puts the parts together; nothing happens before {@link #start}.
     *
     * @param store null if this node reads no database
     * @param dataDir where cohorts are kept
     */
    public CohortSynchronizer(
            Vertx vertx,
            UploadedCohorts uploaded,
            Cluster cluster,
            @Nullable CohortStore store,
            Path dataDir,
            Duration checkInterval,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.checks = new Checks(vertx.getOrCreateContext(), this::look);
        this.uploaded = uploaded;
        this.cluster = cluster;
        this.store = store;
        this.listener = store == null ? null : store.listener(this::check);
        this.files = new CohortFiles(dataDir);
        this.peers = new CohortPeers(vertx, uploaded, () -> known, this::readAnew);
        this.checkInterval = checkInterval;
        this.worker = vertx.createSharedWorkerExecutor("variate-cohorts", 1, MOST_WORK_MINUTES, TimeUnit.MINUTES);
        this.failedFetches = metrics.counter(MetricNames.COHORT_FAILED_FETCHES);
        this.restores = metrics.counter(MetricNames.COHORT_RESTORES);
    }

    /**
     * Completes when the newest cohorts are served, for a node that answers without them answers wrongly; or with those
     * of its disk if that cannot be, or takes longer than a minute. Never fails.
     *
     * @param sourceAnswers if it is known not to, nobody waits for it
     */
    public Future<Void> start(boolean sourceAnswers) {
        return checks.onContext(() -> worker.executeBlocking(files::load)
                .onSuccess(found -> uploaded.set(Cohorts.of(found)))
                .onFailure(failure -> log.warn("the cohorts on the disk cannot be read: {}", failure.toString()))
                .transform(loaded -> Future.join(peers.answerAs(cluster.member()), peers.onChange(this::check)))
                .transform(answering -> {
                    timer = vertx.setPeriodic(checkInterval.toMillis(), tick -> check());
                    Future<Void> checked = check();
                    return sourceAnswers
                            ? checked.timeout(FIRST_CHECK_SECONDS, TimeUnit.SECONDS)
                                    .otherwiseEmpty()
                            : Future.succeededFuture();
                }));
    }

    /** Ends checks. */
    public Future<Void> stop() {
        return checks.onContext(() -> {
            stopped = true;
            vertx.cancelTimer(timer);
            return listener == null ? Future.succeededFuture() : listener.close();
        });
    }

    /** How the last check of this node went. */
    public CohortStatus status() {
        return status;
    }

    /** Looks for changes; a call during a check makes another one follow it. Never fails. */
    public Future<Void> check() {
        return checks.check();
    }

    /** Completes, on any thread, when all cohorts of a revision or a later one are served; give it a timeout. */
    Future<Void> reached(long revision) {
        return checks.onContext(() -> complete && known.revision() >= revision
                ? Future.succeededFuture()
                : awaited.computeIfAbsent(revision, key -> Promise.promise()).future());
    }

    /** Reads the database once more, beginning after the call; whether it answered. */
    private Future<Boolean> readAnew() {
        return check().compose(before -> check()).map(done -> databaseAnswered);
    }

    private Future<Void> look() {
        databaseAnswered = false;
        if (stopped) {
            return Future.succeededFuture();
        }
        try {
            String leader = cluster.leader();
            CohortStore from = store;
            if (leader == null || (leader.equals(cluster.member()) && from == null)) {
                status = CohortStatus.NONE;
                return Future.succeededFuture();
            }
            Future<Void> looked = from != null && leader.equals(cluster.member())
                    ? lookInto(from)
                    : peers.heads(leader, complete).compose(found -> {
                        loadedVersion = null;
                        return apply(found, sourcesBeside(leader));
                    });
            return looked.recover(failure -> {
                noteDown("cannot check for uploaded cohorts: " + failure.getMessage());
                return Future.succeededFuture();
            });
        } catch (RuntimeException e) {
            // Hazelcast throws while it stops, where else it would fail a future.
            log.warn("uploaded cohorts cannot be checked: {}", e.toString());
            return Future.succeededFuture();
        }
    }

    private Future<Void> lookInto(CohortStore from) {
        if (listener != null) {
            listener.ensureListening();
        }
        return from.version().compose(version -> {
            if (complete && version.equals(loadedVersion)) {
                databaseAnswered = true;
                return apply(null, List.of());
            }
            return from.load()
                    .compose(found -> apply(found, List.of(membersIn(from))))
                    .onSuccess(applied -> {
                        // Read before the content: a change in between has another version at the next check.
                        loadedVersion = version;
                        databaseAnswered = true;
                    });
        });
    }

    private List<MemberSource> sourcesBeside(String leader) {
        CohortStore own = store;
        return own == null ? List.of(peers.membersOf(leader)) : List.of(peers.membersOf(leader), membersIn(own));
    }

    private static MemberSource membersIn(CohortStore store) {
        return (head, offset, number) -> store.chunk(head.upload(), number);
    }

    /** Serves what it can of the cohorts found; of those that fail, what was served before. */
    private Future<Void> apply(@Nullable StoredCohorts found, List<MemberSource> sources) {
        if (found == null) {
            if (complete) {
                status = CohortStatus.UP;
            }
            return Future.succeededFuture();
        }
        boolean sameAsBefore = found.equals(known);
        if (!sameAsBefore && found.revision() <= known.revision()) {
            restores.increment();
            log.warn(
                    "uploaded cohorts of the database went back; serving those it has now revision={} before={}",
                    found.revision(),
                    known.revision());
        }
        forgetAllBut(found.cohorts());
        List<StoredCohort> lacking =
                found.cohorts().stream().filter(head -> !isServed(head)).toList();
        if (!lacking.isEmpty() && sameAsBefore && System.nanoTime() - retryAt < 0) {
            return Future.succeededFuture();
        }
        Future<Boolean> fetched = Future.succeededFuture(true);
        for (StoredCohort head : lacking) {
            fetched = fetched.compose(before -> fetch(head, sources).map(now -> before && now));
        }
        return fetched.onSuccess(all -> noteApplied(found, all)).mapEmpty();
    }

    private void noteApplied(StoredCohorts found, boolean all) {
        boolean changed = !found.equals(known);
        known = found;
        complete = all;
        if (all) {
            status = CohortStatus.UP;
            retryAfter = 0;
            NavigableMap<Long, Promise<Void>> reached = awaited.headMap(found.revision(), true);
            reached.values().forEach(Promise::complete);
            reached.clear();
        } else {
            retryAfter = Math.min(LAST_RETRY_MILLIS, Math.max(FIRST_RETRY_MILLIS, 2 * retryAfter));
            retryAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(retryAfter);
        }
        if (changed && isLeader()) {
            peers.announce();
        }
    }

    private void noteDown(String reason) {
        CohortStatus down = CohortStatus.down(reason);
        if (!down.equals(status)) {
            log.warn("{}; keeping revision={}", reason, known.revision());
        }
        status = down;
    }

    private boolean isLeader() {
        return cluster.member().equals(cluster.leader());
    }

    private boolean isServed(StoredCohort head) {
        Cohort cohort = uploaded.get().find(head.id());
        return cohort != null
                && cohort.groupType().equals(head.groupType())
                && cohort.body().equals(files.bodyOf(head));
    }

    /** Fetches one cohort from the first source that gives all of it; whether any did. */
    private Future<Boolean> fetch(StoredCohort head, List<MemberSource> sources) {
        Future<Cohort> fetched = Future.failedFuture("there is nowhere to fetch from");
        for (MemberSource source : sources) {
            fetched = fetched.recover(failure -> fetch(head, source));
        }
        return fetched.map(cohort -> {
                    serve(cohort);
                    return true;
                })
                .otherwise(failure -> {
                    failedFetches.increment();
                    log.warn("cannot fetch cohort={}; keeping what is served: {}", head.id(), failure.toString());
                    status = CohortStatus.down("cannot fetch cohort " + head.id() + ": " + failure.getMessage());
                    return false;
                });
    }

    private Future<Cohort> fetch(StoredCohort head, MemberSource source) {
        keep(files.bodyOf(head));
        return worker.executeBlocking(() -> files.draft(head)).compose(draft -> fill(draft, head, source)
                .compose(done -> worker.executeBlocking(draft::finish))
                .eventually(() -> worker.executeBlocking(() -> {
                    draft.close();
                    return null;
                })));
    }

    private Future<Void> fill(CohortDraft draft, StoredCohort head, MemberSource source) {
        Promise<Void> filled = Promise.promise();
        fill(draft, head, source, 0, filled);
        return filled.future();
    }

    private void fill(CohortDraft draft, StoredCohort head, MemberSource source, int number, Promise<Void> filled) {
        if (draft.written() >= head.bytes()) {
            filled.complete();
            return;
        }
        source.piece(head, draft.written(), number)
                .compose(piece -> worker.executeBlocking(() -> {
                    draft.append(piece.getBytes());
                    return piece.length();
                }))
                .onSuccess(length -> {
                    if (length == 0) {
                        filled.fail("a piece is empty");
                    } else {
                        fill(draft, head, source, number + 1, filled);
                    }
                })
                .onFailure(filled::fail);
    }

    private void serve(Cohort cohort) {
        Map<String, Cohort> cohorts = new HashMap<>(uploaded.get().byId());
        Cohort former = cohorts.put(cohort.id(), cohort);
        uploaded.set(new Cohorts(cohorts));
        log.info("serving cohort {} of {} members, changed at {}", cohort.id(), cohort.size(), cohort.lastModified());
        if (former != null && !former.body().equals(cohort.body())) {
            deleteLater(former);
        }
    }

    private void forgetAllBut(List<StoredCohort> heads) {
        Map<String, Cohort> cohorts = new HashMap<>(uploaded.get().byId());
        Map<String, Cohort> gone = new HashMap<>(cohorts);
        heads.forEach(head -> gone.remove(head.id()));
        if (!gone.isEmpty()) {
            cohorts.keySet().removeAll(gone.keySet());
            uploaded.set(new Cohorts(cohorts));
            gone.values().forEach(this::deleteLater);
            log.info("no longer serving cohorts {}", gone.keySet());
        }
    }

    private void deleteLater(Cohort former) {
        if (former.body() instanceof OnDisk body) {
            keep(body);
            leaving.put(body, vertx.setTimer(KEEP_FORMER_MILLIS, over -> delete(body)));
        }
    }

    /** After a restore a body may be wanted again that was about to be deleted. */
    private void keep(OnDisk body) {
        Long timer = leaving.remove(body);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private void delete(OnDisk body) {
        leaving.remove(body);
        worker.executeBlocking(() -> {
            files.delete(body);
            return null;
        });
    }
}
