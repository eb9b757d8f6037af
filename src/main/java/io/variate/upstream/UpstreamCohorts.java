package io.variate.upstream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.Checks;
import io.variate.cohorts.CohortId;
import io.variate.cohorts.CohortReading;
import io.variate.cohorts.CohortSource;
import io.variate.cohorts.CohortStaging;
import io.variate.cohorts.StagedCohort;
import io.variate.config.Upstream;
import io.variate.observability.MetricNames;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.variate.upstream.CohortDownloader.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cohorts of an upstream that the flags of the present ruleset target.
 *
 * <p>While this node leads, it polls each cohort at {@code upstream.cohorts-interval}, and a newly targeted one at once. A
 * request states the {@code lastModified} of the version on disk, so an unchanged cohort is not sent again, also after a
 * restart or a change of the leader. A changed cohort is staged on disk until the caller of {@link #read} holds it.
 *
 * <p>Polls are polite: few in flight, and few a second. A failure keeps the former members, and the next attempt follows
 * after a growing pause. A failure that concerns all cohorts of a project, such as a rejected key, pauses them together. A
 * cohort that the upstream does not know is removed at once; one that is no longer targeted, after a grace period.
 *
 * <p>Thread-safe. All state belongs to one Vert.x context.
 */
public final class UpstreamCohorts implements CohortSource {
    private static final Logger log = LoggerFactory.getLogger(UpstreamCohorts.class);

    /** How long a cohort without a flag stays: a short error of a ruleset must not delete members. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    /** Polls in flight: each may be a large download. */
    private static final int MAX_IN_FLIGHT = 2;

    /** At most 20 polls start in a second. */
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Unauthorized, forbidden, too many requests. */
    private static final Set<Integer> SHARED_STATUSES = Set.of(401, 403, 429);

    private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final Upstream settings;
    private final CurrentRuleset current;
    private final BooleanSupplier isLeader;
    private final CohortDownloader downloader;
    private final Duration grace;
    private final Clock clock;
    private final Counter failedFetches;

    /** Finds the targets of a new ruleset, one ruleset at a time. */
    private final Checks checks;

    private final Map<String, Credentials> credentials = new HashMap<>();
    private final Map<String, ProjectPause> pauses = new HashMap<>();
    private final Map<CohortId, CohortPoll> polls = new LinkedHashMap<>();

    /** Cohorts without a flag, with the time at which this was noticed. */
    private final Map<CohortId, Long> untargeted = new HashMap<>();

    private final WarningLimit warnings;
    private final Set<String> projectsWithoutKeys = new HashSet<>();
    private Map<CohortId, StoredCohort> held = Map.of();
    private @Nullable Set<CohortId> targets;
    private volatile @Nullable Runnable onChange;
    private volatile @Nullable Runnable unsubscribe;
    private boolean closed;
    private long timer = -1;

    private int inFlight;
    private long nextStart = System.nanoTime();

    /**
     * Sends no request before {@link #read}.
     *
     * @param staging its limit is the smaller one of {@code upstream.max-cohort-size} and {@code cohorts.max-members}
     * @param isLeader whether this node may send requests
     */
    public UpstreamCohorts(
            Vertx vertx,
            Upstream settings,
            UpstreamClient client,
            CohortStaging staging,
            CurrentRuleset current,
            BooleanSupplier isLeader,
            MeterRegistry metrics) {
        this(vertx, settings, client, staging, current, isLeader, metrics, GRACE);
    }

    UpstreamCohorts(
            Vertx vertx,
            Upstream settings,
            UpstreamClient client,
            CohortStaging staging,
            CurrentRuleset current,
            BooleanSupplier isLeader,
            MeterRegistry metrics,
            Duration grace) {
        this.vertx = vertx;
        this.settings = settings;
        this.current = current;
        this.isLeader = isLeader;
        this.downloader = new CohortDownloader(client, settings.cohortsUrl(), settings.timeout(), staging);
        this.grace = grace;
        this.clock = Clock.systemUTC();
        this.warnings = new WarningLimit(vertx, log, LOG_INTERVAL);
        this.failedFetches = metrics.counter(MetricNames.COHORT_FAILED_FETCHES);
        this.checks = new Checks(vertx.getOrCreateContext(), this::findTargets);
        for (Upstream.Project project : settings.projects()) {
            if (project.apiKey() != null && project.secretKey() != null) {
                credentials.put(project.key(), Credentials.ofProject(project.apiKey(), project.secretKey()));
            }
        }
    }

    /**
     * Returns the present state, and polls what is due in the background. Waits only for the first answers about cohorts that
     * this node does not hold, and not longer than {@code upstream.timeout}.
     */
    @Override
    public Future<CohortReading> read(StoredCohorts known, Map<CohortId, StoredCohort> nowHeld) {
        return checks.onContext(() -> {
            held = nowHeld;
            polls.values().stream()
                    .filter(poll -> poll.isSuperseded(held.get(poll.id())))
                    .forEach(CohortPoll::discardStaged);
            Future<Void> targeted = targets == null ? checks.check() : Future.succeededFuture();
            return targeted.compose(done -> {
                        pollDue();
                        return firstAnswers();
                    })
                    .map(done -> reading(known));
        });
    }

    private Future<Void> firstAnswers() {
        List<Future<Void>> awaited = new ArrayList<>();
        for (CohortPoll poll : polls.values()) {
            if (!held.containsKey(poll.id())
                    && !poll.first().isComplete()
                    && !poll.pause().isFailing()) {
                awaited.add(poll.first());
            }
        }
        return awaited.isEmpty()
                ? Future.succeededFuture()
                : Future.join(awaited)
                        .timeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
                        .<Void>mapEmpty()
                        .otherwiseEmpty();
    }

    @Override
    public Future<Buffer> piece(StoredCohort head, long offset, int number) {
        return checks.onContext(() -> {
            for (CohortPoll poll : polls.values()) {
                StagedCohort staged = poll.staged();
                if (staged != null && staged.head().equals(head)) {
                    return staged.piece(number);
                }
            }
            return Future.failedFuture("this version of the cohort is no longer on disk; it is downloaded again");
        });
    }

    /** Only the node that downloaded a cohort has it. */
    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public synchronized void watch(Runnable callback) {
        if (onChange == null) {
            onChange = callback;
            unsubscribe = current.onChange(ruleset -> checks.check());
        }
    }

    @Override
    public Future<Void> close() {
        return checks.onContext(() -> {
            closed = true;
            vertx.cancelTimer(timer);
            Runnable subscribed = unsubscribe;
            if (subscribed != null) {
                subscribed.run();
            }
            return Future.succeededFuture();
        });
    }

    private Future<Void> findTargets() {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> CohortTargets.of(ruleset))
                .onSuccess(this::target)
                .onFailure(failure -> log.error("cannot find the targeted cohorts", failure))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void target(Set<CohortId> found) {
        if (found.equals(targets)) {
            return;
        }
        targets = found;
        polls.values().removeIf(poll -> {
            boolean isObsolete = !found.contains(poll.id());
            if (isObsolete) {
                poll.discardStaged();
            }
            return isObsolete;
        });
        projectsWithoutKeys.clear();
        for (CohortId id : found) {
            Credentials key = credentials.get(id.project());
            if (key != null) {
                ProjectPause pause =
                        pauses.computeIfAbsent(id.project(), absent -> new ProjectPause(settings.maxBackoff()));
                polls.computeIfAbsent(id, absent -> new CohortPoll(id, key, pause, settings.maxBackoff()));
            } else if (projectsWithoutKeys.add(id.project())) {
                warnings.warn(
                        "no keys",
                        "cannot download cohorts: the project has no api-key and secret-key project={}",
                        id.project());
            }
        }
        pollDue();
        notifyListener();
    }

    /** Starts the polls that are due, and a timer for the next one. Sends nothing on a node that does not lead. */
    private void pollDue() {
        vertx.cancelTimer(timer);
        if (closed || !leads()) {
            polls.values().forEach(CohortPoll::restart);
            return;
        }
        CohortPoll next = next();
        while (next != null && inFlight < MAX_IN_FLIGHT) {
            long now = System.nanoTime();
            long left = Math.max(next.nanosUntilStart(now), nextStart - now);
            if (left > 0) {
                timer = vertx.setTimer(1 + TimeUnit.NANOSECONDS.toMillis(left), due -> pollDue());
                return;
            }
            nextStart = now + PACE_NANOS;
            poll(next);
            next = next();
        }
    }

    /** The poll that may start first; of several, the longest overdue one. So a failing cohort is not every probe. */
    private @Nullable CohortPoll next() {
        long now = System.nanoTime();
        return polls.values().stream()
                .filter(CohortPoll::isScheduled)
                .min(Comparator.<CohortPoll>comparingLong(poll -> poll.nanosUntilStart(now))
                        .thenComparingLong(poll -> poll.nanosLeft(now)))
                .orElse(null);
    }

    private boolean leads() {
        try {
            return isLeader.getAsBoolean();
        } catch (RuntimeException e) {
            // While Hazelcast shuts down, it throws.
            return false;
        }
    }

    private void poll(CohortPoll poll) {
        StoredCohort base = held.get(poll.id());
        poll.begin(base);
        inFlight++;
        downloader
                .download(poll.id(), poll.credentials(), base == null ? null : base.lastModified())
                .onComplete(answer -> onAnswer(poll, base, answer), failure -> onFailure(poll, failure));
    }

    private void onAnswer(CohortPoll poll, @Nullable StoredCohort base, Answer answer) {
        inFlight--;
        poll.pause().answered();
        StagedCohort staged = answer instanceof Answer.Changed changed ? changed.cohort() : null;
        // An upstream that ignores lastModified sends what this node has.
        boolean isNew = staged != null && isTargeted(poll) && !isSameContent(base, staged.head());
        if (staged != null && !isNew) {
            staged.discard();
        }
        String problemBefore = poll.problem();
        boolean wasUnknown = poll.isUnknown();
        if (answer instanceof Answer.Unknown) {
            poll.succeedWithoutCohort(interval());
        } else if (answer instanceof Answer.TooLarge tooLarge) {
            failedFetches.increment();
            poll.reject(tooLarge.reason(), interval());
        } else {
            poll.succeed(isNew ? staged : null, interval());
        }
        boolean isNews = isNew || poll.isUnknown() != wasUnknown || !Objects.equals(poll.problem(), problemBefore);
        if (isNews && isTargeted(poll)) {
            logAnswer(poll, problemBefore);
        }
        finish(isNews);
    }

    private boolean isTargeted(CohortPoll poll) {
        return poll.equals(polls.get(poll.id()));
    }

    private void logAnswer(CohortPoll poll, @Nullable String problemBefore) {
        String problem = poll.problem();
        if (poll.isUnknown()) {
            warnings.warn("unknown", "the upstream does not know a targeted cohort; removing it cohort={}", poll.id());
        } else if (problem != null) {
            warnings.warn(
                    "too large",
                    "cannot download cohort: {}; keeping its former members cohort={}",
                    problem,
                    poll.id());
        } else if (problemBefore != null && problem() == null) {
            log.info("the upstream sends all targeted cohorts again");
        }
    }

    private static boolean isSameContent(@Nullable StoredCohort base, StoredCohort found) {
        return base != null
                && base.lastModified() == found.lastModified()
                && base.groupType().equals(found.groupType())
                && base.size() == found.size()
                && base.checksum() == found.checksum();
    }

    private void onFailure(CohortPoll poll, Throwable failure) {
        inFlight--;
        failedFetches.increment();
        String before = poll.problem();
        String reason = String.valueOf(failure.getMessage());
        Duration pause = poll.fail(reason, failure);
        boolean isShared = concernsAll(failure);
        if (isShared) {
            poll.pause().failed(failure);
        } else {
            poll.pause().answered();
        }
        if (isTargeted(poll)) {
            warnings.warn(
                    kindOf(failure),
                    "cannot download cohort: {}; keeping its former members, retrying in {} ms cohort={}",
                    reason,
                    pause.toMillis(),
                    poll.id());
        }
        if (isShared) {
            List.copyOf(polls.values()).stream()
                    .filter(other -> other.pause().equals(poll.pause()))
                    .forEach(CohortPoll::stopWaiting);
        }
        finish(!reason.equals(before));
    }

    /** Whether other polls of the project would fail too. */
    private static boolean concernsAll(Throwable failure) {
        return failure instanceof UpstreamException upstream
                && switch (upstream.kind()) {
                    case UNREACHABLE, TIMEOUT, OVERLOADED -> true;
                    case STATUS -> upstream.status() >= 500 || SHARED_STATUSES.contains(upstream.status());
                    case TOO_LARGE, INVALID -> false;
                };
    }

    private void finish(boolean isNews) {
        pollDue();
        if (isNews) {
            notifyListener();
        }
    }

    private void notifyListener() {
        Runnable listener = onChange;
        if (listener != null) {
            listener.run();
        }
    }

    /** The interval with a jitter of a tenth, so that cohorts do not stay in step. */
    private Duration interval() {
        double factor = ThreadLocalRandom.current().nextDouble(0.9, 1.1);
        return Duration.ofMillis(Math.max(1, (long) (settings.cohortsInterval().toMillis() * factor)));
    }

    private static String kindOf(Throwable failure) {
        return failure instanceof UpstreamException upstream
                ? upstream.kind() + " " + upstream.status()
                : failure.getClass().getName();
    }

    private CohortReading reading(StoredCohorts known) {
        Map<String, StoredCohort> heads = new TreeMap<>();
        untargeted.keySet().retainAll(held.keySet());
        held.forEach((id, head) -> {
            if (isKept(id)) {
                heads.put(head.id(), head);
            }
        });
        for (CohortPoll poll : polls.values()) {
            StagedCohort staged = poll.staged();
            if (staged != null) {
                heads.put(staged.head().id(), staged.head());
            }
        }
        boolean isConfirmed = targets != null && polls.values().stream().allMatch(CohortPoll::isAnswered);
        return new CohortReading(next(known, List.copyOf(heads.values())), isConfirmed, problem());
    }

    private boolean isKept(CohortId id) {
        Set<CohortId> found = targets;
        if (found == null || found.contains(id)) {
            untargeted.remove(id);
            CohortPoll poll = polls.get(id);
            return poll == null || !poll.isUnknown();
        }
        long now = System.nanoTime();
        return now - untargeted.computeIfAbsent(id, absent -> now) < grace.toNanos();
    }

    /** The revision follows the clock, so that it grows also after a restart of all nodes. */
    private StoredCohorts next(StoredCohorts known, List<StoredCohort> heads) {
        return known.revision() >= 0 && known.cohorts().equals(heads)
                ? known
                : new StoredCohorts(Math.max(clock.millis(), known.revision() + 1), heads);
    }

    private @Nullable String problem() {
        if (!projectsWithoutKeys.isEmpty()) {
            String project = projectsWithoutKeys.iterator().next();
            return (project.isEmpty() ? "the unnamed project" : "project " + project)
                    + " has no api-key and secret-key to download cohorts";
        }
        String first = null;
        int others = -1;
        for (CohortPoll poll : polls.values()) {
            if (poll.problem() != null) {
                first = first == null ? "cannot download cohort " + poll.id() + ": " + poll.problem() : first;
                others++;
            }
        }
        return others > 0 ? first + " (and " + others + " other cohorts)" : first;
    }
}
