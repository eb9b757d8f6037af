package io.variate.rulesets;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.Checks;
import io.variate.cluster.Cluster;
import io.variate.rulesets.rows.DeltaChain;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the ruleset of this node up to date.
 *
 * <p>One node, the leader, reads the source: after a notification of a change, and periodically. It puts the change into the
 * cache, which pushes it to all nodes. A node applies a delta only to the revision that the delta starts from. If it missed
 * one, it reads the cache, and a periodic check finds what was lost. If the leader cannot read the source, a node that can
 * takes the lead. A starting node uses the first of cluster, source and disk snapshot that has a ruleset.
 *
 * <p>All state belongs to one Vert.x context. Rulesets are applied one at a time, in {@link #step}; reading the source or the
 * cache does not delay them.
 */
public final class RulesetSynchronizer {
    private static final Logger log = LoggerFactory.getLogger(RulesetSynchronizer.class);

    /** How long a starting node waits for its source before it serves its disk snapshot in the meantime. */
    private static final Duration HEAD_START = Duration.ofMillis(500);

    /** The histories whose revisions are numbered by the node that reads the source. */
    private static final Set<String> COUNTED_BY_READERS = Set.of(FileRulesetSource.HISTORY, Origin.UPSTREAM.toString());

    /** Deltas that wait while a ruleset is compiled; further ones are read from the cache. */
    private static final int MAX_WAITING = 1_000;

    private final Vertx vertx;
    private final Checks checks;
    private final Checks catchUps;
    private final Checks saves;
    private final CurrentRuleset current;
    private final RulesetCache cache;
    private final Cluster cluster;
    private final @Nullable RulesetSource source;
    private final RulesetSnapshot snapshot;
    private final RefusedDeltas refused;
    private final Duration checkInterval;

    private volatile SourceStatus status;

    /** The last logged reason of a failing source, until the source recovers: each reason is logged once. */
    private @Nullable String reported;

    /** The ruleset on disk, until a ruleset is served: sources and the cache need only report changes since. */
    private @Nullable RulesetRows saved;

    private final List<RulesetDelta> waiting = new ArrayList<>();

    /** Completes with the last step. */
    private Future<?> lastStep = Future.succeededFuture();

    private boolean stopped;
    private long timer = -1;

    /**
     * Does nothing before {@link #start}.
     *
     * @param source null if this node reads no source
     * @param dataDir the directory of the snapshot
     */
    public RulesetSynchronizer(
            Vertx vertx,
            CurrentRuleset current,
            RulesetCache cache,
            Cluster cluster,
            @Nullable RulesetSource source,
            Path dataDir,
            Duration checkInterval,
            MeterRegistry metrics) {
        this.vertx = vertx;
        var context = vertx.getOrCreateContext();
        this.checks = new Checks(context, this::checkNow);
        this.catchUps = new Checks(context, this::catchUpNow);
        this.saves = new Checks(context, this::saveNow);
        this.current = current;
        this.cache = cache;
        this.cluster = cluster;
        this.source = source;
        this.snapshot = new RulesetSnapshot(dataDir);
        this.refused = new RefusedDeltas(metrics);
        this.checkInterval = checkInterval;
        this.status = source == null ? SourceStatus.NONE : SourceStatus.UNUSED;
    }

    /** Completes when the first ruleset is served, or when neither cluster, source nor snapshot has one. Never fails. */
    public Future<Void> start() {
        return checks.onContext(() -> {
            // Hazelcast calls on its own threads, concurrently.
            cache.subscribe(delta -> checks.onContext(() -> receive(delta)), catchUps::check);
            timer = vertx.setPeriodic(checkInterval.toMillis(), tick -> check());
            return readSnapshot()
                    .compose(found -> {
                        saved = found;
                        return catchUps.check();
                    })
                    .compose(caughtUp -> fromSourceOrSnapshot());
        });
    }

    /** A source that hangs does not delay the start: the disk snapshot is served after a head start. */
    private Future<Void> fromSourceOrSnapshot() {
        Future<Void> checked = check();
        if (current.get() != null) {
            return Future.succeededFuture();
        }
        return Future.any(checked, vertx.timer(HEAD_START.toMillis(), TimeUnit.MILLISECONDS))
                .transform(over -> current.get() == null ? fromSnapshot() : Future.succeededFuture())
                .compose(done -> current.get() == null ? checked : Future.succeededFuture());
    }

    /** Stops checking, saves the ruleset and closes the source. Later puts of other nodes are ignored. */
    public Future<Void> stop() {
        return checks.onContext(() -> {
            stopped = true;
            vertx.cancelTimer(timer);
            // A save that is in flight may have begun before the last change.
            return saves.check()
                    .compose(saved -> saves.check())
                    .eventually(() -> source == null ? Future.succeededFuture() : source.close());
        });
    }

    /** The state of the source at the last check. */
    public SourceStatus sourceStatus() {
        return status;
    }

    /** Checks for a newer ruleset; a call during a check causes another one after it. Never fails. */
    public Future<Void> check() {
        return checks.check();
    }

    /**
     * Waits before a write until this node serves what the cluster serves, like {@link #reachNewest}. While the flag cache
     * cannot be read, the database alone decides, so the write may proceed. Any thread.
     *
     * @return fails with a {@link RevisionNotReachedException} after {@code atMost}
     */
    public Future<Void> catchUp(Duration atMost) {
        return reachNewest(atMost)
                .recover(failure -> failure instanceof RevisionNotReachedException
                        ? Future.failedFuture(failure)
                        : Future.succeededFuture());
    }

    /**
     * Waits until this node serves what the cluster serves. A write by a node that is behind would continue an old ruleset,
     * and could take a revision that is served already. Any thread.
     *
     * @return fails with a {@link RevisionNotReachedException} after {@code atMost}, or with another exception if the flag
     *     cache cannot be read
     */
    Future<Void> reachNewest(Duration atMost) {
        return cache.head().compose(head -> {
            if (head == null) {
                return Future.succeededFuture();
            }
            if (head.number() > current.revision()) {
                check();
            }
            return current.reached(head.number(), atMost);
        });
    }

    private Future<Void> checkNow() {
        return unlessStopped(() -> cluster.readsSource() ? fromSource() : fromCache());
    }

    private Future<Void> unlessStopped(Supplier<Future<Void>> work) {
        if (stopped) {
            return Future.succeededFuture();
        }
        try {
            return work.get().recover(this::reportUnreadableCache);
        } catch (RuntimeException e) {
            // While Hazelcast shuts down, it throws instead of failing a future.
            return reportUnreadableCache(e);
        }
    }

    private Future<Void> reportUnreadableCache(Throwable failure) {
        log.warn("cannot check the ruleset: {}; keeping revision={}", failure.toString(), current.revision());
        return Future.succeededFuture();
    }

    /** Runs work after all earlier steps. */
    private <T> Future<T> step(Supplier<Future<T>> work) {
        Future<T> next = lastStep.transform(before -> work.get());
        lastStep = next;
        return next;
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private @Nullable Revision served() {
        RulesetRows rows = current.rows();
        return rows == null ? null : rows.revision();
    }

    /** The ruleset to which changes apply. */
    private @Nullable RulesetRows base() {
        RulesetRows rows = current.rows();
        return rows == null ? saved : rows;
    }

    private Future<Boolean> offer(RulesetRows rows, Origin origin) {
        return current.offer(rows, origin)
                .onSuccess(newer -> {
                    saved = null;
                    saves.check();
                })
                .onFailure(failure -> log.error(
                        "cannot serve ruleset revision={} origin={}; keeping revision={}",
                        rows.revision().number(),
                        origin,
                        current.revision(),
                        failure));
    }

    private Future<Void> fromSource() {
        RulesetSource from = source;
        if (from == null) {
            return Future.succeededFuture();
        }
        from.watch(this::check);
        RulesetRows base = base();
        return from.readSince(base)
                .compose(reading -> take(reading, base, from))
                .recover(failure -> {
                    reportDown(failure);
                    return catchUps.check();
                });
    }

    private Future<Void> take(RulesetReading reading, @Nullable RulesetRows base, RulesetSource from) {
        if (reading instanceof RulesetReading.Whole whole) {
            return blocking(() -> base == null ? whole.rows() : whole.rows().sharing(base))
                    .compose(rows -> advance(rows, base, from));
        }
        if (base == null) {
            reportUp(from);
            return Future.succeededFuture();
        }
        if (reading instanceof RulesetReading.Changed changed) {
            return blocking(() -> base.apply(changed.delta()))
                    .recover(failure -> readAgain(failure, from))
                    .compose(rows -> advance(rows, base, from));
        }
        if (reading instanceof RulesetReading.Diverged diverged) {
            return keep(base, diverged.found(), from);
        }
        return advance(base, base, from);
    }

    /** Rows that are not those of their revision never reach other nodes. */
    private Future<RulesetRows> readAgain(Throwable failure, RulesetSource from) {
        if (!(failure instanceof IllegalArgumentException mismatch)) {
            return Future.failedFuture(failure);
        }
        refused.add(mismatch);
        return from.readSince(null)
                .compose(again -> again instanceof RulesetReading.Whole whole
                        ? Future.succeededFuture(whole.rows())
                        : Future.failedFuture(failure));
    }

    private Future<Void> advance(RulesetRows found, @Nullable RulesetRows base, RulesetSource from) {
        if (base == null || found.revision().equals(base.revision())) {
            return step(() -> serve(found, from.origin())).compose(served -> {
                reportUp(from);
                // The cache may have lost the ruleset: a put failed, or an older one came back with a healed split.
                return catchUps.check();
            });
        }
        if (!found.revision().replaces(base.revision())) {
            return keep(base, found.revision(), from);
        }
        // The other nodes compile while this one does.
        Future<Void> shared = share(base, found);
        return step(() -> serve(found, from.origin())).compose(served -> {
            reportUp(from);
            // Another node may have put a later one since the source was read.
            return found.revision().equals(served()) ? shared : catchUps.check();
        });
    }

    private Future<Boolean> serve(RulesetRows found, Origin origin) {
        if (found.revision().equals(served())) {
            current.confirm(origin);
            return Future.succeededFuture(false);
        }
        return found.revision().replaces(served()) ? offer(found, origin) : Future.succeededFuture(false);
    }

    private Future<Void> share(RulesetRows base, RulesetRows found) {
        return blocking(() -> new RulesetDelta(
                        base.revision(), found.revision(), base.rows().changesTo(found.rows())))
                .compose(delta -> cache.publish(delta, found))
                .recover(failure -> {
                    // Not a failure of the source, which another node need not read instead.
                    log.warn(
                            "cannot put the ruleset into the flag cache: {}; retrying revision={}",
                            failure.toString(),
                            found.revision().number());
                    return catchUps.check();
                });
    }

    /** The source continues another history than the served one: an operator must decide which one to keep. */
    private Future<Void> keep(RulesetRows base, Revision found, RulesetSource from) {
        return step(() -> current.rows() == null ? offer(base, Origin.SNAPSHOT) : Future.succeededFuture(false))
                .compose(done -> {
                    reportDiverged(base.revision(), found, from);
                    return catchUps.check();
                });
    }

    private void reportUp(RulesetSource from) {
        status = SourceStatus.UP;
        if (reported != null) {
            log.info("ruleset source recovered source={} revision={}", from.origin(), current.revision());
            reported = null;
        }
    }

    private void reportDiverged(Revision served, Revision found, RulesetSource from) {
        SourceStatus diverged = SourceStatus.diverged(served, found);
        if (!Objects.equals(diverged.reason(), reported)) {
            log.error(
                    "ruleset source has another history source={} found={}; keeping revision={}",
                    from.origin(),
                    found,
                    served);
        }
        reported = diverged.reason();
        status = diverged;
    }

    private void reportDown(Throwable failure) {
        SourceStatus down = SourceStatus.down(failure);
        if (!Objects.equals(down.reason(), reported)) {
            log.warn(
                    "cannot read ruleset source={}: {}; keeping revision={}",
                    source == null ? Origin.POSTGRES : source.origin(),
                    down.reason(),
                    current.revision());
        }
        reported = down.reason();
        status = down;
        cluster.sourceFailed();
    }

    private Future<Void> fromCache() {
        if (source != null) {
            status = SourceStatus.UNUSED;
        }
        return catchUps.check();
    }

    /** Deltas that have arrived already are applied before the cache is read, so that they are not read again. */
    private Future<Void> catchUpNow() {
        return unlessStopped(() -> step(Future::<Void>succeededFuture)
                .compose(applied -> cache.head())
                .compose(this::compare));
    }

    private Future<Void> compare(@Nullable Revision head) {
        RulesetRows rows = current.rows();
        if (rows == null) {
            return first(head);
        }
        Revision served = rows.revision();
        if (served.equals(head)) {
            return confirm(rows);
        }
        if (head == null || served.replaces(head)) {
            return head != null && isForeignSnapshot(served, head) ? refuse(served, head) : cache.publishWhole(rows);
        }
        return head.replaces(served) ? fetch(rows) : settle(rows, head);
    }

    /** Another database may have written the snapshot, for example because the disk was used before. */
    private boolean isForeignSnapshot(Revision served, Revision head) {
        return current.origin() == Origin.SNAPSHOT && !head.hasUnknownHistory() && !served.sharesHistoryWith(head);
    }

    private Future<Void> refuse(Revision served, Revision other) {
        refused.add(RefusedDeltas.Reason.HISTORY, "the flag cache has " + other + " instead of " + served);
        return Future.succeededFuture();
    }

    /** What other nodes serve goes before the disk snapshot, even if it is older. */
    private Future<Void> first(@Nullable Revision head) {
        RulesetRows disk = saved;
        if (disk != null && disk.revision().equals(head)) {
            return step(() -> serve(disk, Origin.CLUSTER)).mapEmpty();
        }
        return fetch(disk != null && head != null && head.replaces(disk.revision()) ? disk : null);
    }

    /** Only a reading of the source confirms the ruleset of a node that should read it. */
    private Future<Void> confirm(RulesetRows rows) {
        if (cluster.readsSource()) {
            return cache.publishWhole(rows);
        }
        current.confirm();
        return Future.succeededFuture();
    }

    private Future<Void> fetch(@Nullable RulesetRows base) {
        return cache.newest(base)
                .compose(found -> found == null ? Future.succeededFuture() : step(() -> serve(found, Origin.CLUSTER)))
                .mapEmpty();
    }

    /**
     * Two rulesets have the same number: both sides of a split had a file or read an upstream, and its content differed. A node without the
     * cached one takes the cached rows under the next number, which is the same revision on all such nodes. If the leader is
     * one of them, it gives its own rows the number after that, so its source prevails. A database assigns each number once.
     */
    private Future<Void> settle(RulesetRows rows, Revision head) {
        Revision served = rows.revision();
        if (!COUNTED_BY_READERS.contains(served.history()) || !served.sharesHistoryWith(head)) {
            return refuse(served, head);
        }
        RulesetSource own = source;
        if (own != null && own.origin() != Origin.POSTGRES && cluster.readsSource()) {
            return refuse(served, head).compose(counted -> renumber(rows, served.number() + 2, own.origin()));
        }
        return refuse(served, head)
                .compose(counted -> cache.newest(null))
                .compose(found -> found == null || !found.revision().equals(head)
                        ? Future.succeededFuture()
                        : blocking(() -> found.sharing(rows))
                                .compose(shared -> renumber(shared, served.number() + 1, Origin.CLUSTER)));
    }

    private Future<Void> renumber(RulesetRows rows, long number, Origin origin) {
        RulesetRows next = RulesetRows.of(rows.revision().history(), number, rows.rows());
        return step(() -> serve(next, origin)).compose(done -> cache.publishWhole(next));
    }

    private Future<Void> receive(RulesetDelta delta) {
        if (stopped) {
            return Future.succeededFuture();
        }
        if (waiting.size() >= MAX_WAITING) {
            return catchUps.check();
        }
        waiting.add(delta);
        return waiting.size() == 1 ? step(this::applyWaiting) : Future.succeededFuture();
    }

    /** Compiles once for all deltas that have arrived. */
    private Future<Void> applyWaiting() {
        List<RulesetDelta> deltas = List.copyOf(waiting);
        waiting.clear();
        RulesetRows rows = current.rows();
        if (rows == null || stopped) {
            catchUps.check();
            return Future.succeededFuture();
        }
        DeltaChain chain = DeltaChain.from(rows.revision(), deltas);
        Revision end = chain.end(rows.revision());
        for (RulesetDelta delta : deltas) {
            if (delta.to().number() == end.number() && !delta.to().equals(end)) {
                refuse(end, delta.to());
            }
            if (delta.to().replaces(end) && !chain.deltas().contains(delta)) {
                if (!delta.from().sharesHistoryWith(end)) {
                    refused.add(RefusedDeltas.Reason.HISTORY, delta.from() + " is not of the history of " + end);
                }
                catchUps.check();
            }
        }
        if (chain.isEmpty() || !end.replaces(rows.revision())) {
            return Future.succeededFuture();
        }
        return blocking(() -> chain.applyTo(rows))
                .compose(next -> offer(next, Origin.CLUSTER))
                .<Void>mapEmpty()
                .recover(failure -> {
                    if (failure instanceof IllegalArgumentException mismatch) {
                        refused.add(mismatch);
                    }
                    catchUps.check();
                    return Future.succeededFuture();
                });
    }

    private Future<Void> saveNow() {
        RulesetRows rows = current.rows();
        if (rows == null) {
            return Future.succeededFuture();
        }
        return this.<@Nullable Void>blocking(() -> {
                    snapshot.write(rows);
                    return null;
                })
                .recover(failure -> {
                    log.warn(
                            "cannot write the ruleset snapshot: {} revision={}",
                            failure.toString(),
                            rows.revision().number());
                    return Future.succeededFuture();
                });
    }

    private Future<@Nullable RulesetRows> readSnapshot() {
        return this.<@Nullable RulesetRows>blocking(this::snapshot).recover(failure -> {
            log.warn("cannot use the ruleset snapshot: {}", failure.toString());
            return Future.succeededFuture();
        });
    }

    private @Nullable RulesetRows snapshot() throws IOException {
        return snapshot.read();
    }

    private Future<Void> fromSnapshot() {
        RulesetRows disk = saved;
        if (disk == null) {
            return Future.succeededFuture();
        }
        return step(() -> current.rows() == null ? offer(disk, Origin.SNAPSHOT) : Future.succeededFuture(false))
                .compose(served -> catchUps.check())
                .recover(this::reportUnreadableCache);
    }
}
