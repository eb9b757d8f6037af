package io.variate.rulesets;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.json.Problem;
import io.variate.observability.MetricNames;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ruleset that this node serves: one reference, read by every request.
 *
 * <p>{@link #get} is a volatile read and may be called from any thread. A new ruleset is compiled on a worker thread. It
 * replaces the old one only if its revision is higher, so a late delivery never reverts a newer ruleset.
 */
public final class CurrentRuleset {
    /** Concurrent waits for a revision that may never come; further calls fail at once. */
    private static final int MAX_WAITERS = 10_000;

    private static final Logger log = LoggerFactory.getLogger(CurrentRuleset.class);

    /** Problems of one revision in the log; the others are counted. */
    private static final int MAX_LOGGED_PROBLEMS = 20;

    private final Vertx vertx;
    private final RulesetCompiler compiler;
    private final Clock clock;
    private volatile @Nullable Ruleset ruleset;
    private volatile @Nullable Origin origin;
    private volatile Instant confirmed;
    private final AtomicReference<KnownFlags> prepared = new AtomicReference<>(KnownFlags.NONE);
    private final Set<Waiter> waiters = new HashSet<>();
    private int boundedWaiters;
    private final List<Consumer<Ruleset>> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Ruleset> unannounced = new ConcurrentLinkedQueue<>();
    private final Object notification = new Object();

    /**
     * Starts without a ruleset.
     *
     * @param zone the zone of this node; deployments of other zones are ignored
     */
    public CurrentRuleset(Vertx vertx, String zone, Clock clock, MeterRegistry metrics) {
        this.vertx = vertx;
        this.compiler = new RulesetCompiler(zone);
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

    /** The ruleset, or null before the first. */
    public @Nullable Ruleset get() {
        return ruleset;
    }

    /** Revision of the ruleset, or -1 before the first. */
    public long revision() {
        Ruleset current = ruleset;
        return current == null ? -1 : current.revision();
    }

    /** The rows of the ruleset, or null before the first. */
    @Nullable
    RulesetRows rows() {
        Ruleset current = ruleset;
        return current == null ? null : current.rows();
    }

    /** The origin of the ruleset, or null before the first. */
    public @Nullable Origin origin() {
        return origin;
    }

    /** The time since the ruleset was last confirmed to be the newest one of its source or cluster. */
    public Duration age() {
        return Duration.between(confirmed, clock.instant());
    }

    /**
     * Waits for a revision that will certainly be served, such as the first.
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
     * @return completes, on the caller's Vert.x context, when that revision or a higher one is served; fails with a {@link
     *     RevisionNotReachedException} after {@code atMost}, or at once if too many callers wait
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
        } else if (boundedWaiters >= MAX_WAITERS) {
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

    /** Compared by identity, because several callers may wait for the same revision. */
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
     * Subscribes to rulesets.
     *
     * @param listener called on any thread for each ruleset once it is served, in order of revisions; must be quick and must
     *     not block
     * @return unsubscribes the listener
     */
    public Runnable onChange(Consumer<Ruleset> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Records that the source has the served revision, even if this node read it from its disk snapshot. */
    void confirm(Origin source) {
        if (origin == Origin.SNAPSHOT) {
            origin = source;
        }
        confirm();
    }

    /** Records that the source or the cluster still has the served revision. */
    void confirm() {
        confirmed = clock.instant();
    }

    /**
     * Compiles what differs from the present ruleset, and serves the result if its revision replaces the present one.
     *
     * @param rows with the instances of the present rows where they are equal, so that these are not compiled again
     * @return whether it did
     */
    Future<Boolean> offer(RulesetRows rows, Origin from) {
        if (!replacesServed(rows)) {
            return Future.succeededFuture(false);
        }
        return vertx.executeBlocking(() -> compile(rows)).map(compiled -> {
            boolean newer = swap(compiled, from);
            completeWaiters();
            notifyListeners();
            return newer;
        });
    }

    /**
     * Announces flags that are about to be stored, so that an {@link #offer} need not read and compile them again.
     *
     * @param flags as a check has read and compiled them
     */
    void prepare(KnownFlags flags) {
        prepared.set(flags);
    }

    /** Releases prepared flags, unless others have replaced them. */
    void discard(KnownFlags flags) {
        prepared.compareAndSet(flags, KnownFlags.NONE);
    }

    private Ruleset compile(RulesetRows rows) {
        return compiler.compile(rows, ruleset, Objects.requireNonNull(prepared.get()));
    }

    /**
     * Compiles rows without serving them. Reuses nothing but definitions and flags of the served ruleset, so that compiled
     * forms of the two do not share tables, which would grow. Blocks: call it on a worker thread.
     */
    Ruleset compileAside(RulesetRows rows) {
        Ruleset served = ruleset;
        return served == null
                ? compiler.compile(rows, null, KnownFlags.NONE)
                : compiler.compile(rows.sharing(served.rows()), null, served.known());
    }

    private boolean replacesServed(RulesetRows rows) {
        RulesetRows present = rows();
        return rows.revision().replaces(present == null ? null : present.revision());
    }

    private synchronized boolean swap(Ruleset compiled, Origin from) {
        if (!replacesServed(compiled.rows())) {
            return false;
        }
        Ruleset before = ruleset;
        ruleset = compiled;
        origin = from;
        if (from != Origin.SNAPSHOT) {
            confirm();
        }
        unannounced.add(compiled);
        log.info("serving ruleset revision={} origin={}", compiled.revision(), from);
        logProblems(compiled, before);
        return true;
    }

    /** Logs what the earlier ruleset did not have: a ruleset may have many problems, and change often. */
    private static void logProblems(Ruleset compiled, @Nullable Ruleset earlier) {
        Set<Problem> known = earlier == null ? Set.of() : new HashSet<>(earlier.problems());
        List<Problem> news = compiled.problems().stream()
                .filter(problem -> !known.contains(problem))
                .toList();
        news.stream()
                .limit(MAX_LOGGED_PROBLEMS)
                .forEach(problem -> log.warn(
                        "ruleset problem: {}: {} revision={}", problem.path(), problem.reason(), compiled.revision()));
        if (news.size() > MAX_LOGGED_PROBLEMS) {
            log.warn(
                    "further ruleset problems count={} revision={}",
                    news.size() - MAX_LOGGED_PROBLEMS,
                    compiled.revision());
        }
        Set<String> withheld = compiled.withheld();
        if (earlier != null) {
            withheld.removeAll(earlier.withheld());
        }
        withheld.forEach(flag -> log.warn(
                "flag withheld from SDKs with local evaluation: its pattern or that of a dependency makes some SDKs fail"
                        + " flag={} revision={}",
                flag,
                compiled.revision()));
    }

    /** Completes futures outside the lock, because their handlers may call this object again. */
    private void completeWaiters() {
        List<Waiter> reached;
        synchronized (this) {
            reached = waiters.stream().filter(this::awaitedIsServed).toList();
            reached.forEach(waiters::remove);
        }
        reached.forEach(waiter -> waiter.served().complete(null));
    }

    /** Notifies outside that lock too, but under its own, which keeps the order of revisions. */
    private void notifyListeners() {
        synchronized (notification) {
            for (Ruleset served = unannounced.poll(); served != null; served = unannounced.poll()) {
                for (Consumer<Ruleset> listener : listeners) {
                    notifyListener(listener, served);
                }
            }
        }
    }

    private static void notifyListener(Consumer<Ruleset> listener, Ruleset served) {
        try {
            listener.accept(served);
        } catch (RuntimeException e) {
            log.error("ruleset listener failed revision={}", served.revision(), e);
        }
    }

    private int problems() {
        Ruleset current = ruleset;
        return current == null ? 0 : current.problemCount();
    }

    private int withheld() {
        Ruleset current = ruleset;
        return current == null ? 0 : current.withheld().size();
    }
}
