package io.variate.upstream;

import io.variate.config.Upstream;
import io.variate.json.Problem;
import io.variate.rulesets.Origin;
import io.variate.rulesets.RulesetSource;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The flags of an upstream as one ruleset.
 *
 * <p>This object polls and reads streams while it is asked for changes, as the leader of a cluster is, and stops soon after.
 * A failure of the upstream never removes what is served: a deployment that was not read since this node follows the upstream
 * keeps its served rows, and one that was read keeps its last set.
 *
 * <p>{@link RevisionNumbers} continue those of the served ruleset. Another Variate as upstream reports its revision, which is
 * kept, so that a client can wait for a revision of the upstream at this node. All state belongs to one Vert.x context;
 * methods may be called on any thread.
 */
public final class UpstreamRulesetSource implements RulesetSource {
    /** All upstreams continue one history, as files do. */
    static final String HISTORY = Origin.UPSTREAM.toString();

    /** How often the source is checked again while sets of flags of other revisions are awaited. */
    private static final Duration RECHECK = Duration.ofMillis(250);

    /** Streams that connect at once; each further one connects later by the gap. */
    private static final int STREAMS_AT_ONCE = 20;

    private static final Duration STREAM_GAP = Duration.ofMillis(50);

    private final Vertx vertx;
    private final Context context;
    private final Upstream settings;
    private final UpstreamClient client;
    private final UpstreamStatus status;
    private final FlagStream.Timing timing;
    private final Duration abandonAfter;
    private final RevisionNumbers numbers = new RevisionNumbers(System::nanoTime);

    /** Empty while this node does not follow the upstream. */
    private final List<FollowedProject> projects = new ArrayList<>();

    /** By key: a key belongs to the first project that has it. */
    private final Map<String, FollowedDeployment> deployments = new LinkedHashMap<>();

    private long followedSince;
    private @Nullable Runnable onChange;
    private int readings;
    private long abandonTimer = -1;
    private long recheckTimer = -1;
    private boolean closed;

    /** Grows with each change. While it and the served revision stay, the ruleset is not built again. */
    private long changes;

    private long builtChanges = -1;
    private @Nullable Revision builtRevision;

    /**
     * Does nothing before {@link #readSince}.
     *
     * @param abandonAfter time without a call of {@link #readSince} after which this node does not follow the upstream
     *     any more
     */
    public UpstreamRulesetSource(
            Vertx vertx, Upstream settings, UpstreamClient client, UpstreamStatus status, Duration abandonAfter) {
        this(vertx, settings, client, status, FlagStream.Timing.of(settings.maxBackoff()), abandonAfter);
    }

    UpstreamRulesetSource(
            Vertx vertx,
            Upstream settings,
            UpstreamClient client,
            UpstreamStatus status,
            FlagStream.Timing timing,
            Duration abandonAfter) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.settings = settings;
        this.client = client;
        this.status = status;
        this.timing = timing;
        this.abandonAfter = abandonAfter;
    }

    @Override
    public Origin origin() {
        return Origin.UPSTREAM;
    }

    /**
     * Reads what has changed, once everything was requested at least once. Fails with an {@link UpstreamException} if no
     * resource could be read at its last attempt and nothing else has changed.
     */
    @Override
    public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
        return onContext(() -> {
            if (closed) {
                return Future.failedFuture(new UpstreamException(
                        UpstreamException.Kind.UNREACHABLE, "this node does not read the upstream any more"));
            }
            readings++;
            vertx.cancelTimer(abandonTimer);
            follow(served);
            return awaitFirstAttempts().compose(attempted -> read(served)).onComplete(done -> {
                readings--;
                awaitNextReading();
            });
        });
    }

    /** Runs work on the context of this object, and completes on that of the caller. */
    private <T> Future<T> onContext(Supplier<Future<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        context.runOnContext(run -> work.get().onComplete(result::complete, result::completeExceptionally));
        return Future.fromCompletionStage(result, vertx.getOrCreateContext());
    }

    private void awaitNextReading() {
        if (readings == 0 && !closed) {
            vertx.cancelTimer(abandonTimer);
            abandonTimer = vertx.setTimer(abandonAfter.toMillis(), over -> abandon());
        }
    }

    /** Served deployments are followed before the list arrives, in case it cannot be read. */
    private void follow(@Nullable RulesetRows served) {
        if (!projects.isEmpty()) {
            return;
        }
        followedSince = System.nanoTime();
        for (Upstream.Project project : settings.projects()) {
            projects.add(new FollowedProject(vertx, client, settings, status, project, this::replaceDeployments));
        }
        for (FollowedProject each : List.copyOf(projects)) {
            Map<String, String> known = new LinkedHashMap<>(each.ofSettings());
            if (served != null && each.poller() != null) {
                servedDeployments(served.rows().project(each.project().key())).forEach(known::putIfAbsent);
            }
            known.forEach((key, label) -> followDeployment(each.project(), key, label));
            each.start();
        }
    }

    private static Map<String, String> servedDeployments(@Nullable ProjectRows rows) {
        Map<String, String> labels = new LinkedHashMap<>();
        RowReader reader = new RowReader(new ArrayList<>());
        for (Row row : rows == null ? List.<Row>of() : rows.deployments()) {
            Deployment deployment = reader.deployment(row);
            if (deployment != null) {
                labels.put(deployment.key(), deployment.label());
            }
        }
        return labels;
    }

    private void replaceDeployments(Upstream.Project project, Map<String, String> labels) {
        if (projects.isEmpty()) {
            return;
        }
        boolean isChanged = false;
        for (FollowedDeployment deployment : List.copyOf(deployments.values())) {
            boolean isOfProject = deployment.project().equals(project);
            if (isOfProject && !deployment.label().equals(labels.get(deployment.key()))) {
                if (labels.containsKey(deployment.key())) {
                    deployment.rename(Objects.requireNonNull(labels.get(deployment.key())));
                } else {
                    deployment.stop();
                    deployments.remove(deployment.key());
                }
                isChanged = true;
            }
        }
        if (isChanged) {
            // The list may be of a later revision than the flags.
            deployments.values().forEach(FollowedDeployment::requireNewPoll);
            changed();
        }
        labels.forEach((key, label) -> followDeployment(project, key, label));
    }

    private void followDeployment(Upstream.Project project, String key, String label) {
        if (deployments.containsKey(key)) {
            return;
        }
        FollowedDeployment deployment =
                new FollowedDeployment(vertx, client, settings, timing, status, project, key, label, this::changed);
        deployments.put(key, deployment);
        changed();
        deployment.start(STREAM_GAP.multipliedBy(Math.max(0, deployments.size() - STREAMS_AT_ONCE)));
    }

    private void changed() {
        changes++;
        notifyListener();
    }

    private void notifyListener() {
        Runnable listener = onChange;
        if (listener != null) {
            listener.run();
        }
    }

    /** One deployment or list that does not answer delays the others only once, and by the timeout of a request. */
    private Future<Void> awaitFirstAttempts() {
        long left = settings.timeout().toNanos() - (System.nanoTime() - followedSince);
        return left <= 0
                ? Future.succeededFuture()
                : firstAttempts().timeout(left, TimeUnit.NANOSECONDS).otherwiseEmpty();
    }

    private Future<Void> firstAttempts() {
        List<Future<Void>> lists = new ArrayList<>();
        for (FollowedProject project : projects) {
            Poller poller = project.poller();
            if (poller != null) {
                lists.add(poller.firstAttempt());
            }
        }
        return Future.join(lists)
                .compose(listed -> Future.join(deployments.values().stream()
                        .map(deployment -> deployment.poller().firstAttempt())
                        .toList()))
                .mapEmpty();
    }

    private Future<RulesetReading> read(@Nullable RulesetRows served) {
        List<DeploymentState> states =
                deployments.values().stream().map(FollowedDeployment::state).toList();
        UpstreamState state = new UpstreamState(settings.projects(), states);
        Throwable failure = failure();
        if (failure != null && (served == null || states.stream().noneMatch(DeploymentState::isFetched))) {
            return Future.failedFuture(failure);
        }
        if (served == null && isUnanswered(states)) {
            return Future.failedFuture(
                    new UpstreamException(UpstreamException.Kind.TIMEOUT, "the upstream has not answered yet"));
        }
        reportLeftOut(state, states);
        Future<RulesetReading> unchanged =
                failure == null ? Future.succeededFuture(new RulesetReading.Unchanged()) : Future.failedFuture(failure);
        RevisionNumbers.Read read = revisions(served != null);
        if (numbers.awaitsOthers(number(served), read)) {
            if (read.lowest() != null) {
                pollOthers(read);
            }
            return unchanged;
        }
        if (served != null && served.revision().equals(builtRevision) && builtChanges == changes) {
            return unchanged;
        }
        long building = changes;
        return vertx.executeBlocking(() -> state.toRowSet(served == null ? RowSet.EMPTY : served.rows()), false)
                .compose(rows -> {
                    boolean isSame = served != null
                            && rows.digest().equals(served.revision().digest());
                    Long number = numbers.number(number(served), isSame, read);
                    if (number == null) {
                        pollOthers(read);
                        return unchanged;
                    }
                    builtChanges = building;
                    if (served != null && isUnchanged(served.revision(), isSame, number)) {
                        builtRevision = served.revision();
                        return unchanged;
                    }
                    RulesetRows built = RulesetRows.of(HISTORY, number, rows);
                    builtRevision = built.revision();
                    return Future.succeededFuture(new RulesetReading.Whole(built));
                });
    }

    /** Whether nothing was read, and an answer may still come: an empty ruleset would be wrong. */
    private boolean isUnanswered(List<DeploymentState> states) {
        boolean isListed = projects.stream()
                .map(FollowedProject::poller)
                .allMatch(poller -> poller == null || poller.firstAttempt().isComplete());
        return states.isEmpty() ? !isListed : states.stream().noneMatch(DeploymentState::isFetched);
    }

    private static boolean isUnchanged(Revision served, boolean isSame, long number) {
        return isSame && number == served.number() && !served.hasUnknownHistory();
    }

    private static @Nullable Long number(@Nullable RulesetRows served) {
        return served == null ? null : Long.valueOf(served.revision().number());
    }

    /** A deployment that the upstream does not send any more keeps its flags, but has no part in the revision. */
    private RevisionNumbers.Read revisions(boolean isServing) {
        Long lowest = null;
        Long highest = null;
        boolean isPartial = false;
        boolean isOfVariate = false;
        for (FollowedDeployment deployment : deployments.values()) {
            isOfVariate |= deployment.isOfVariate();
            boolean isLost =
                    deployment.isLost() || (!isServing && deployment.poller().failure() != null);
            for (long revision : isLost ? List.<Long>of() : deployment.revisions()) {
                lowest = lowest == null ? revision : Math.min(lowest, revision);
                highest = highest == null ? revision : Math.max(highest, revision);
            }
            isPartial |= !isLost && deployment.awaitsPoll();
        }
        return new RevisionNumbers.Read(lowest, highest, isPartial, isOfVariate);
    }

    /** Polls at once what is behind, and has the source checked soon. */
    private void pollOthers(RevisionNumbers.Read read) {
        for (FollowedDeployment deployment : deployments.values()) {
            boolean isBehind = !read.isMixed()
                    || deployment.revisions().stream().anyMatch(revision -> !revision.equals(read.highest()));
            if (isBehind || deployment.awaitsPoll()) {
                deployment.poller().pollNow();
            }
        }
        if (recheckTimer < 0) {
            recheckTimer = vertx.setTimer(RECHECK.toMillis(), over -> {
                recheckTimer = -1;
                notifyListener();
            });
        }
    }

    /**
     * The failure of a deployment if the last attempt failed for all of them, else null. Without deployments, lists count
     * instead: they are polled too rarely to tell whether the upstream is down.
     */
    private @Nullable Throwable failure() {
        List<Poller> pollers = new ArrayList<>();
        deployments.values().forEach(deployment -> pollers.add(deployment.poller()));
        for (FollowedProject project : deployments.isEmpty() ? projects : List.<FollowedProject>of()) {
            if (project.poller() != null) {
                pollers.add(project.poller());
            }
        }
        Throwable last = null;
        for (Poller poller : pollers) {
            last = poller.failure();
            if (last == null) {
                return null;
            }
        }
        return last == null
                ? null
                : last instanceof UpstreamException
                        ? last
                        : new UpstreamException(UpstreamException.Kind.INVALID, UpstreamStatus.message(last));
    }

    private void reportLeftOut(UpstreamState state, List<DeploymentState> states) {
        int count = state.leftOut();
        String example = null;
        for (DeploymentState deployment : states) {
            for (FlagSet set : deployment.local() == null
                    ? List.of(deployment.remote())
                    : List.of(deployment.local(), deployment.remote())) {
                for (Problem problem : set.leftOut()) {
                    example = problem.path() + ": " + problem.reason();
                }
            }
        }
        status.leaveOut(count, example);
    }

    @Override
    public void watch(Runnable listener) {
        context.runOnContext(run -> {
            if (onChange == null) {
                onChange = listener;
            }
        });
    }

    /** Stops all polling and streams. What was fetched is forgotten: another node may have served later flags since. */
    private void abandon() {
        projects.forEach(FollowedProject::stop);
        projects.clear();
        deployments.values().forEach(FollowedDeployment::stop);
        deployments.clear();
        vertx.cancelTimer(recheckTimer);
        recheckTimer = -1;
        numbers.reset();
        changes++;
        status.leaveOut(0, null);
    }

    @Override
    public Future<Void> close() {
        return onContext(() -> {
            closed = true;
            vertx.cancelTimer(abandonTimer);
            abandon();
            return Future.succeededFuture();
        });
    }
}
