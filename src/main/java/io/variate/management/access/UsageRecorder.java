package io.variate.management.access;

import io.variate.observability.OncePerMinute;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.DeploymentUses.Counted;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.Deployment;
import io.variate.store.Usage;
import io.variate.store.UsageStore;
import io.variate.store.UsageStore.FlagId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds what this node has counted to the usage in PostgreSQL, once a minute, and reads when deployment keys were last used on
 * any node. While PostgreSQL is unavailable, counts wait; a node that is killed loses those of a minute.
 *
 * <p>A flag counts as evaluated also when an SDK with local evaluation fetches it, because such an SDK does not report what
 * it evaluates.
 */
public final class UsageRecorder {
    private static final Logger log = LoggerFactory.getLogger(UsageRecorder.class);
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    /** How often the time of a fetch is stored for each flag: a fetch concerns all flags of a deployment. */
    private static final Duration FETCH_INTERVAL = Duration.ofHours(1);

    /** A node that has counted so many flags and keys without a database drops them. */
    private static final int MAX_PENDING = 200_000;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final @Nullable UsageStore store;
    private final Clock clock;
    private final OncePerMinute warnings = new OncePerMinute(System::nanoTime);
    private @Nullable Context context;
    private long timer = -1;

    /** The last recording. Confined to the context. The next one starts after it and owns the fields below. */
    private Future<Void> recording = Future.succeededFuture();

    /** What is not stored yet. */
    private Map<FlagId, Usage> flags = new HashMap<>();

    private Map<String, Usage> deployments = new HashMap<>();

    /** Flags that were fetched since a time. */
    private final Set<FlagId> fetched = new HashSet<>();

    private Instant fetchedSince = Instant.MIN;

    private volatile Map<String, Usage> allDeployments = Map.of();

    /**
     * Counts from {@link #start} on.
     *
     * @param store null if this node has no database: counts are dropped
     */
    public UsageRecorder(Vertx vertx, CurrentRuleset current, @Nullable UsageStore store, Clock clock) {
        this.vertx = vertx;
        this.current = current;
        this.store = store;
        this.clock = clock;
    }

    /** Starts to record once a minute. */
    public void start() {
        Context own = vertx.getOrCreateContext();
        context = own;
        own.runOnContext(started -> timer = vertx.setPeriodic(INTERVAL.toMillis(), tick -> record()));
    }

    /** Records the rest. Fails or completes within the time of a write. */
    public Future<Void> stop() {
        vertx.cancelTimer(timer);
        return recordNow();
    }

    /** Records what has been counted so far. */
    Future<Void> recordNow() {
        Context own = context;
        return own == null
                ? Future.succeededFuture()
                : Future.future(done -> own.runOnContext(run -> record().onComplete(done)));
    }

    /** When a deployment key was last used on any node, as of the last minute; null if never, or unknown. */
    public @Nullable Instant lastUsed(String deploymentId) {
        Usage usage = allDeployments.get(deploymentId);
        return usage == null ? null : usage.last();
    }

    /**
     * The usage of some flags on all nodes, as of the last minute. A flag that was never evaluated is missing, as are all
     * flags on a node without a database.
     */
    public Future<Map<FlagId, Usage>> flags(Collection<FlagId> ids) {
        return store == null || ids.isEmpty() ? Future.succeededFuture(Map.of()) : store.flags(ids);
    }

    /** One write at a time; what is counted meanwhile waits for the next. */
    private Future<Void> record() {
        if (!recording.isComplete()) {
            return recording;
        }
        recording = vertx.executeBlocking(
                        () -> {
                            count();
                            return null;
                        },
                        false)
                .compose(counted -> store());
        return recording;
    }

    /** Expensive with many flags: on a worker thread. */
    private void count() {
        Ruleset ruleset = current.get();
        Instant now = clock.instant();
        if (fetchedSince.isBefore(now.minus(FETCH_INTERVAL))) {
            fetched.clear();
            fetchedSince = now;
        }
        if (ruleset != null) {
            ruleset.deploymentsByKey().values().forEach(deployed -> count(deployed, now));
        }
        if (flags.size() + deployments.size() > MAX_PENDING) {
            log.warn(
                    "dropping usage counts that could not be stored: flags={} keys={}",
                    flags.size(),
                    deployments.size());
            flags.clear();
            deployments.clear();
        }
    }

    private void count(DeployedFlags deployed, Instant now) {
        String project = deployed.project().key();
        Counted counted = deployed.uses().drain();
        counted.evaluations().forEach((key, count) -> add(project, key, new Usage(count, now)));
        if (counted.fetches() > 0) {
            for (String key : deployed.flags().planAll().keys()) {
                if (fetched.add(new FlagId(project, key))) {
                    add(project, key, new Usage(0, now));
                }
            }
        }
        if (counted.requests() > 0) {
            deployments.merge(
                    Deployment.idOf(deployed.deployment().key()), new Usage(counted.requests(), now), Usage::plus);
        }
    }

    private void add(String project, String key, Usage usage) {
        flags.merge(new FlagId(project, key), usage, Usage::plus);
    }

    private Future<Void> store() {
        UsageStore usages = store;
        Map<FlagId, Usage> countedFlags = flags;
        Map<String, Usage> countedDeployments = deployments;
        flags = new HashMap<>();
        deployments = new HashMap<>();
        if (usages == null) {
            return Future.succeededFuture();
        }
        return Future.join(List.of(
                        usages.addFlags(countedFlags)
                                .onFailure(failure ->
                                        countedFlags.forEach((id, usage) -> flags.merge(id, usage, Usage::plus))),
                        usages.addDeployments(countedDeployments)
                                .onFailure(failure -> countedDeployments.forEach(
                                        (id, usage) -> deployments.merge(id, usage, Usage::plus)))))
                .compose(added -> usages.deployments())
                .onSuccess(all -> allDeployments = all)
                .onFailure(failure -> {
                    if (warnings.permits("usage")) {
                        log.warn(
                                "cannot store usage in PostgreSQL; retrying in {} s: {}",
                                INTERVAL.toSeconds(),
                                failure.toString());
                    }
                })
                .mapEmpty();
    }
}
