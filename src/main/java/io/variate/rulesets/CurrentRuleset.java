package io.variate.rulesets;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one reference that answers read.
 *
 * <p>{@link #get} is a volatile read and may be called from any thread. A new ruleset is compiled on a worker thread
 * and takes the place of the old one only if its revision is higher: a late delivery never turns time back.
 */
public final class CurrentRuleset {
    /** Who may wait at a time for a revision that may never come; more are refused at once. */
    private static final int MOST_WAITING = 10_000;

    private static final Logger log = LoggerFactory.getLogger(CurrentRuleset.class);

    private final Vertx vertx;
    private final String zone;
    private final Clock clock;
    private volatile @Nullable Ruleset ruleset;
    private volatile @Nullable Origin origin;
    private volatile Instant confirmed;
    private final Set<Waiter> waiters = new HashSet<>();
    private int boundedWaiters;
    private final List<Consumer<Ruleset>> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Ruleset> untold = new ConcurrentLinkedQueue<>();
    private final Object telling = new Object();

    /**
     * Starts without a ruleset.
     *
     * @param zone deployments of other zones are left out
     */
    public CurrentRuleset(Vertx vertx, String zone, Clock clock, MeterRegistry metrics) {
        this.vertx = vertx;
        this.zone = zone;
        this.clock = clock;
        this.confirmed = clock.instant();
        Gauge.builder(MetricNames.RULESET_REVISION, this, CurrentRuleset::revision)
                .register(metrics);
        Gauge.builder(MetricNames.RULESET_AGE, this, current -> current.age().toMillis() / 1000.0)
                .register(metrics);
        Gauge.builder(MetricNames.RULESET_PROBLEMS, this, CurrentRuleset::problems)
                .register(metrics);
        Gauge.builder(MetricNames.RULESET_WITHHELD, this, CurrentRuleset::withheld)
                .register(metrics);
    }

    /** The ruleset to answer from, or null before the first. */
    public @Nullable Ruleset get() {
        return ruleset;
    }

    /** Revision of the ruleset, or -1 before the first. */
    public long revision() {
        Ruleset current = ruleset;
        return current == null ? -1 : current.revision();
    }

    /** The document that the ruleset was compiled from, or null before the first. */
    @Nullable
    EncodedRuleset encoded() {
        Ruleset current = ruleset;
        return current == null ? null : current.encoded();
    }

    /** Where the ruleset came from, or null before the first. */
    public @Nullable Origin origin() {
        return origin;
    }

    /** Time since the ruleset was last known to be the newest one of its source or cluster. */
    public Duration age() {
        return Duration.between(confirmed, clock.instant());
    }

    /**
     * Waits for a revision that is sure to come, such as the first.
     *
     * @return completes, on any thread, when that revision or a higher one is served
     */
    public synchronized Future<Void> reached(long awaitedRevision) {
        if (awaitedRevision <= revision()) {
            return Future.succeededFuture();
        }
        Waiter waiter = new Waiter(awaitedRevision);
        waiters.add(waiter);
        return Future.fromCompletionStage(waiter.served());
    }

    /**
     * Waits for a revision that may never come.
     *
     * @return completes, on the caller's Vert.x context, when that revision or a higher one is served; fails with a
     *     {@link RevisionNotReachedException} when the time is over, or at once while too many wait
     */
    public Future<Void> reached(long awaitedRevision, Duration atMost) {
        if (awaitedRevision <= revision()) {
            return Future.succeededFuture();
        }
        Waiter waiter = new Waiter(awaitedRevision);
        if (!add(waiter)) {
            return Future.failedFuture(new RevisionNotReachedException(awaitedRevision, revision()));
        }
        long timer = vertx.setTimer(Math.max(1, atMost.toMillis()), over -> waiter.served()
                .completeExceptionally(new RevisionNotReachedException(awaitedRevision, revision())));
        return Future.fromCompletionStage(waiter.served(), vertx.getOrCreateContext())
                .onComplete(done -> {
                    vertx.cancelTimer(timer);
                    remove(waiter);
                });
    }

    private synchronized boolean add(Waiter waiter) {
        if (awaitedIsServed(waiter)) {
            waiter.served().complete(null);
        } else if (boundedWaiters >= MOST_WAITING) {
            return false;
        }
        boundedWaiters++;
        return waiters.add(waiter);
    }

    private synchronized void remove(Waiter waiter) {
        boundedWaiters--;
        waiters.remove(waiter);
    }

    private boolean awaitedIsServed(Waiter waiter) {
        return waiter.revision <= revision();
    }

    /** Equal to itself only, for many may wait for one revision. */
    private static final class Waiter {
        private final long revision;
        private final CompletableFuture<@Nullable Void> served = new CompletableFuture<>();

        Waiter(long revision) {
            this.revision = revision;
        }

        CompletableFuture<@Nullable Void> served() {
            return served;
        }
    }

    /**
     * Calls back for each ruleset once it is served, in the order of revisions.
     *
     * @param listener called on any thread; is to be quick, and never to block
     * @return ends it
     */
    public Runnable onChange(Consumer<Ruleset> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Notes that the source has the revision served, which is no mere memory of the disk then. */
    void confirm(Origin source) {
        if (origin == Origin.SNAPSHOT) {
            origin = source;
        }
        confirm();
    }

    /** Notes that the source or the cluster still has the revision served. */
    void confirm() {
        confirmed = clock.instant();
    }

    /**
     * Compiles a ruleset and swaps it in if it is newer than the one served.
     *
     * @return whether it was; fails with {@link InvalidRulesetException} if it cannot be used at all
     */
    Future<Boolean> offer(EncodedRuleset encoded, Origin from) {
        if (encoded.revision() <= revision()) {
            return Future.succeededFuture(false);
        }
        return vertx.executeBlocking(() -> compile(encoded)).map(compiled -> {
            boolean newer = swap(compiled, from);
            wake();
            tell();
            return newer;
        });
    }

    private Ruleset compile(EncodedRuleset encoded) {
        Ruleset compiled = RulesetCompiler.compile(encoded, zone);
        Ruleset earlier = ruleset;
        if (earlier != null) {
            compiled.deploymentsByKey().forEach((key, deployed) -> {
                DeployedFlags before = earlier.deployment(key);
                if (before != null) {
                    deployed.served().encodeAsAskedOf(before.served());
                }
            });
        }
        return compiled;
    }

    private synchronized boolean swap(Ruleset compiled, Origin from) {
        if (compiled.revision() <= revision()) {
            return false;
        }
        ruleset = compiled;
        origin = from;
        if (from != Origin.SNAPSHOT) {
            confirm();
        }
        untold.add(compiled);
        log.info("serving ruleset revision={} origin={}", compiled.revision(), from);
        compiled.problems()
                .forEach(problem -> log.warn("left out of the ruleset: {}: {}", problem.path(), problem.reason()));
        compiled.withheld()
                .forEach(flag -> log.warn(
                        "flag withheld from SDKs with local evaluation: a pattern of it or of a flag that it depends on"
                                + " makes some SDKs fail flag={} revision={}",
                        flag,
                        compiled.revision()));
        return true;
    }

    /** Outside of the lock, for those who are woken may come back at once. */
    private void wake() {
        List<Waiter> reached;
        synchronized (this) {
            reached = waiters.stream().filter(this::awaitedIsServed).toList();
            reached.forEach(waiters::remove);
        }
        reached.forEach(waiter -> waiter.served().complete(null));
    }

    /** Outside of the lock too, and still one revision after the other. */
    private void tell() {
        synchronized (telling) {
            for (Ruleset served = untold.poll(); served != null; served = untold.poll()) {
                for (Consumer<Ruleset> listener : listeners) {
                    tell(listener, served);
                }
            }
        }
    }

    private static void tell(Consumer<Ruleset> listener, Ruleset served) {
        try {
            listener.accept(served);
        } catch (RuntimeException e) {
            log.error("somebody could not be told of ruleset revision={}", served.revision(), e);
        }
    }

    private int problems() {
        Ruleset current = ruleset;
        return current == null ? 0 : current.problems().size();
    }

    private int withheld() {
        Ruleset current = ruleset;
        return current == null ? 0 : current.withheld().size();
    }
}
