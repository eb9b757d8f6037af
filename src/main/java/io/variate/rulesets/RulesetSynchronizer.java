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
 * Keeps the ruleset of this node the newest one.
 *
 * <p>One node, the leader, reads the source: told of a change, or else at the next periodic check. It puts what it read
 * into the cache, which pushes it to all. If it cannot read the source, another one leads that can. A
 * starting node takes the first of cluster, source and disk snapshot that has a ruleset. All state is touched on one
 * Vert.x context.
 */
public final class RulesetSynchronizer {
    private static final Logger log = LoggerFactory.getLogger(RulesetSynchronizer.class);

    /** How long a starting node waits for its source alone, before it serves what is on its disk meanwhile. */
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

    /** Why the source could not be read, until it can: a node that others lead meanwhile does not log it again. */
    private @Nullable String reported;

    private boolean stopped;
    private long timer = -1;

    /**
     * Puts the parts together; nothing happens before {@link #start}.
     *
     * @param source null if this node can read none
     * @param dataDir where the snapshot is kept
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
        this.checks = new Checks(vertx.getOrCreateContext(), this::look);
        this.current = current;
        this.cache = cache;
        this.cluster = cluster;
        this.source = source;
        this.snapshot = new RulesetSnapshot(dataDir);
        this.checkInterval = checkInterval;
        this.status = source == null ? SourceStatus.NONE : SourceStatus.UNUSED;
    }

    /** Completes when the first ruleset is served, or when none of the ways has one; never fails. */
    public Future<Void> start() {
        return checks.onContext(() -> {
            // Hazelcast calls from threads of its own, several at a time.
            cache.onPut(ruleset ->
                    checks.onContext(() -> stopped ? Future.succeededFuture() : serve(ruleset, Origin.CLUSTER)));
            timer = vertx.setPeriodic(checkInterval.toMillis(), tick -> check());
            return fromCache().compose(found -> fromSourceOrSnapshot());
        });
    }

    /** A source that does not answer, and does not say so either, keeps nobody waiting for what is on the disk. */
    private Future<Void> fromSourceOrSnapshot() {
        Future<Void> checked = check();
        if (current.get() != null) {
            return Future.succeededFuture();
        }
        return Future.any(checked, vertx.timer(HEAD_START.toMillis(), TimeUnit.MILLISECONDS))
                .transform(over -> current.get() == null ? fromSnapshot() : Future.succeededFuture())
                .compose(done -> current.get() == null ? checked : Future.succeededFuture());
    }

    /** Ends checks and closes the source; what other nodes put into the cache from now on is theirs. */
    public Future<Void> stop() {
        return checks.onContext(() -> {
            stopped = true;
            vertx.cancelTimer(timer);
            return source == null ? Future.succeededFuture() : source.close();
        });
    }

    /** How the source did at the last check. */
    public SourceStatus sourceStatus() {
        return status;
    }

    /** Looks for a newer ruleset; a call during a check makes another one follow it. Never fails. */
    public Future<Void> check() {
        return checks.check();
    }

    private Future<Void> look() {
        if (stopped) {
            return Future.succeededFuture();
        }
        try {
            return cluster.readsSource() ? fromSource() : fromCache();
        } catch (RuntimeException e) {
            // Hazelcast throws while it stops, where else it would fail a future.
            log.warn("the ruleset cannot be checked: {}", e.toString());
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
                .onSuccess(done -> noteUp(from))
                .recover(failure -> {
                    noteDown(failure);
                    return fromOthers();
                });
    }

    /** What another node has found that could read the source, if any has; that it is the newest cannot be known here. */
    private Future<Void> fromOthers() {
        return afterReadingTheCache(shared -> shared > current.revision() ? fetch() : Future.succeededFuture());
    }

    private Future<Void> unchanged() {
        current.confirm();
        return Future.succeededFuture();
    }

    private Future<Void> share(EncodedRuleset found, Origin origin) {
        if (found.revision() < current.revision()) {
            return Future.failedFuture("the source is at revision " + found.revision() + ", below the one served, "
                    + current.revision() + "; a revision never goes back");
        }
        return current.offer(found, origin).compose(newer -> {
            if (!newer) {
                current.confirm(origin);
            }
            return Future.join(save(found), cache.putIfNewer(found)).mapEmpty();
        });
    }

    /** The cache may have lost the ruleset: a put failed, or a healed split brought back an older one. */
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

    private void noteUp(RulesetSource from) {
        status = SourceStatus.UP;
        if (reported != null) {
            log.info("reading the ruleset source={} again revision={}", from.origin(), current.revision());
            reported = null;
        }
    }

    private void noteDown(Throwable failure) {
        SourceStatus down = SourceStatus.down(failure);
        if (!Objects.equals(down.reason(), reported)) {
            log.warn(
                    "cannot read the ruleset source={}: {}; keeping revision={}",
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
        return afterReadingTheCache(shared -> shared <= current.revision() ? caughtUp(shared) : fetch());
    }

    private Future<Void> afterReadingTheCache(Function<Long, Future<Void>> next) {
        return cache.revision().compose(next).recover(failure -> {
            log.warn("the flag cache cannot be read: {}", failure.toString());
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
                .onFailure(failure -> log.error("a ruleset from the {} cannot be used", origin, failure));
    }

    private Future<Void> save(EncodedRuleset ruleset) {
        return vertx.<Void>executeBlocking(() -> {
                    snapshot.write(ruleset);
                    return null;
                })
                .recover(failure -> {
                    log.warn("the ruleset snapshot cannot be written: {}", failure.toString());
                    return Future.succeededFuture();
                });
    }

    private Future<Void> fromSnapshot() {
        return vertx.executeBlocking(this::readSnapshot)
                .compose(found -> found == null
                        ? Future.<Void>succeededFuture()
                        : current.offer(found, Origin.SNAPSHOT).compose(newer -> cache.putIfNewer(found)))
                .recover(failure -> {
                    log.warn("the ruleset snapshot cannot be used: {}", failure.toString());
                    return Future.succeededFuture();
                });
    }

    private @Nullable EncodedRuleset readSnapshot() throws IOException {
        return snapshot.read();
    }
}
