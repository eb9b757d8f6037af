package io.variate.rulesets;

import io.variate.cluster.Checks;
import io.variate.cluster.Cluster;
import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the ruleset of this node up to date.
 *
 * <p>One node, the leader, reads the source: after a notification of a change, and periodically. It puts the ruleset into
 * the cache, which pushes it to all nodes. If the leader cannot read the source, a node that can takes the lead. A starting
 * node uses the first of cluster, source and disk snapshot that has a ruleset. All state belongs to one Vert.x context.
 */
public final class RulesetSynchronizer {
    private static final Logger log = LoggerFactory.getLogger(RulesetSynchronizer.class);

    /** How long a starting node waits for its source before it serves its disk snapshot in the meantime. */
    private static final Duration HEAD_START = Duration.ofMillis(500);

    private final Vertx vertx;
    private final Checks checks;
    private final CurrentRuleset current;
    private final RulesetCache cache;
    private final Cluster cluster;
    private final @Nullable RulesetSource source;
    private final RulesetSnapshot snapshot;
    private final Duration checkInterval;

    private volatile SourceStatus status;

    /** The last logged reason of a failing source, until the source recovers: each reason is logged once. */
    private @Nullable String reported;

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
            Duration checkInterval) {
        this.vertx = vertx;
        this.checks = new Checks(vertx.getOrCreateContext(), this::checkNow);
        this.current = current;
        this.cache = cache;
        this.cluster = cluster;
        this.source = source;
        this.snapshot = new RulesetSnapshot(dataDir);
        this.checkInterval = checkInterval;
        this.status = source == null ? SourceStatus.NONE : SourceStatus.UNUSED;
    }

    /** Completes when the first ruleset is served, or when neither cluster, source nor snapshot has one. Never fails. */
    public Future<Void> start() {
        return checks.onContext(() -> {
            // Hazelcast calls on its own threads, concurrently.
            cache.onPut(ruleset ->
                    checks.onContext(() -> stopped ? Future.succeededFuture() : serve(ruleset, Origin.CLUSTER)));
            timer = vertx.setPeriodic(checkInterval.toMillis(), tick -> check());
            return fromCache().compose(found -> fromSourceOrSnapshot());
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

    /** Stops checking and closes the source. Later puts of other nodes are ignored. */
    public Future<Void> stop() {
        return checks.onContext(() -> {
            stopped = true;
            vertx.cancelTimer(timer);
            return source == null ? Future.succeededFuture() : source.close();
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

    private Future<Void> checkNow() {
        if (stopped) {
            return Future.succeededFuture();
        }
        try {
            return cluster.readsSource() ? fromSource() : fromCache();
        } catch (RuntimeException e) {
            // While Hazelcast shuts down, it throws instead of failing a future.
            log.warn("cannot check the ruleset: {}; keeping revision={}", e.toString(), current.revision());
            return Future.succeededFuture();
        }
    }

    private Future<Void> fromSource() {
        RulesetSource from = source;
        if (from == null) {
            return Future.succeededFuture();
        }
        from.watch(this::check);
        return from.loadUnless(current.encoded())
                .compose(found -> found == null ? shareAgain(from.origin()) : share(found, from.origin()))
                .onSuccess(done -> reportUp(from))
                .recover(failure -> {
                    reportDown(failure);
                    return fromOtherNodes();
                });
    }

    /** Serves a newer ruleset from another node that could read the source, without confirming that it is the newest. */
    private Future<Void> fromOtherNodes() {
        return withCachedRevision(shared -> shared > current.revision() ? fetch() : Future.succeededFuture());
    }

    private Future<Void> unchanged() {
        current.confirm();
        return Future.succeededFuture();
    }

    private Future<Void> share(EncodedRuleset found, Origin origin) {
        if (found.revision() < current.revision()) {
            return Future.failedFuture("the source has revision " + found.revision()
                    + ", which is lower than the served revision " + current.revision());
        }
        return current.offer(found, origin).compose(newer -> {
            if (!newer) {
                current.confirm(origin);
            }
            return Future.join(save(found), cache.putIfNewer(found)).mapEmpty();
        });
    }

    /** The cache may have lost the ruleset: a put failed, or an older ruleset came back with a healed split. */
    private Future<Void> shareAgain(Origin origin) {
        current.confirm(origin);
        return cache.revision().compose(this::shareUnlessAt);
    }

    private Future<Void> shareUnlessAt(long sharedRevision) {
        Ruleset served = current.get();
        return served == null || sharedRevision >= served.revision()
                ? Future.succeededFuture()
                : cache.putIfNewer(served.encoded());
    }

    private void reportUp(RulesetSource from) {
        status = SourceStatus.UP;
        if (reported != null) {
            log.info("ruleset source recovered source={} revision={}", from.origin(), current.revision());
            reported = null;
        }
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
        if (source != null && !cluster.readsSource()) {
            status = SourceStatus.UNUSED;
        }
        return withCachedRevision(shared -> shared <= current.revision() ? caughtUp(shared) : fetch());
    }

    private Future<Void> withCachedRevision(Function<Long, Future<Void>> next) {
        return cache.revision().compose(next).recover(failure -> {
            log.warn("cannot read the flag cache: {}; keeping revision={}", failure.toString(), current.revision());
            return Future.succeededFuture();
        });
    }

    private Future<Void> caughtUp(long sharedRevision) {
        return sharedRevision == current.revision() && sharedRevision >= 0
                ? unchanged()
                : shareUnlessAt(sharedRevision);
    }

    private Future<Void> fetch() {
        return cache.get().compose(found -> found == null ? Future.succeededFuture() : serve(found, Origin.CLUSTER));
    }

    private Future<Void> serve(EncodedRuleset found, Origin origin) {
        if (found.revision() == current.revision()) {
            return unchanged();
        }
        return current.offer(found, origin)
                .compose(newer -> newer ? save(found) : Future.succeededFuture())
                .onFailure(failure -> log.error(
                        "cannot serve ruleset revision={} origin={}; keeping revision={}",
                        found.revision(),
                        origin,
                        current.revision(),
                        failure));
    }

    private Future<Void> save(EncodedRuleset ruleset) {
        return vertx.<Void>executeBlocking(() -> {
                    snapshot.write(ruleset);
                    return null;
                })
                .recover(failure -> {
                    log.warn(
                            "cannot write the ruleset snapshot: {} revision={}",
                            failure.toString(),
                            ruleset.revision());
                    return Future.succeededFuture();
                });
    }

    private Future<Void> fromSnapshot() {
        return vertx.executeBlocking(this::readSnapshot)
                .compose(found -> found == null
                        ? Future.<Void>succeededFuture()
                        : current.offer(found, Origin.SNAPSHOT).compose(newer -> cache.putIfNewer(found)))
                .recover(failure -> {
                    log.warn("cannot use the ruleset snapshot: {}", failure.toString());
                    return Future.succeededFuture();
                });
    }

    private @Nullable EncodedRuleset readSnapshot() throws IOException {
        return snapshot.read();
    }
}
