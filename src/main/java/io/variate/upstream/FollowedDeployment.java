package io.variate.upstream;

import io.variate.config.Upstream;
import io.variate.upstream.UpstreamFlags.Found;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Follows the flags of one deployment: polls them, and reads their stream where the upstream has it. Belongs to one Vert.x
 * context.
 *
 * <p>With {@code upstream.remote-flags} there are two sets: without {@code eval_mode=remote} the upstream sends stubs for
 * flags of remote evaluation. Both sets are replaced together, so that a flag that changes its evaluation mode is never
 * served as a stub. Another Variate sends one exact set instead, for the credentials of the project.
 */
final class FollowedDeployment {
    private static final int LABEL_BYTES = 4;

    /** Another Variate answers a conditional request cheaply, and its stream has no event for a revision without a change. */
    private static final Duration VARIATE_INTERVAL = Duration.ofSeconds(1);

    /** Events that arrive within this time of each other are read as one. */
    private static final long EVENT_GAP_MILLIS = 250;

    /** How long a deployment may fail before the revision of the ruleset does not wait for it any more. */
    private static final Duration MAX_FAILING = Duration.ofSeconds(10);

    private static final int TIMEOUT = 408;
    private static final int TOO_MANY = 429;

    /** Project credentials, for which another Variate sends the flags of a deployment as in its ruleset document. */
    private static final String PROJECT_AUTHORIZATION = "X-Variate-Project-Authorization";

    private final Vertx vertx;
    private final Upstream.Project project;
    private final String key;
    private String label;
    private final Upstream settings;
    private final UpstreamFlags local;
    private final @Nullable UpstreamFlags remote;
    private final Poller poller;
    private final @Nullable FlagStream stream;
    private final UpstreamStatus.Resource status;
    private final UpstreamStatus.@Nullable Resource streamStatus;
    private final Runnable onChange;
    private boolean stopped;

    /** The latest event that waits while another is read. */
    private @Nullable StreamEvent waiting;

    private boolean readingEvent;

    /** Grows with each event: a poll that began before is older than the event. */
    private long generation;

    private long begunPolls;

    /** The number of the last poll that succeeded. */
    private long succeededPoll;

    /** Earlier polls do not show the flags of the time that matters. */
    private long requiredPoll = 1;

    /** Null after a success. */
    private @Nullable Long failingSince;

    /** @param local null if the remote set is exact and so contains everything */
    private record Answers(@Nullable Found local, @Nullable Found remote) {}

    /**
     * Does nothing before {@link #start}.
     *
     * @param onChange called when the sets or their revision changed
     */
    FollowedDeployment(
            Vertx vertx,
            UpstreamClient client,
            Upstream settings,
            FlagStream.Timing timing,
            UpstreamStatus upstream,
            Upstream.Project project,
            String key,
            String label,
            Runnable onChange) {
        this.vertx = vertx;
        this.project = project;
        this.key = key;
        this.label = label;
        this.settings = settings;
        this.onChange = onChange;
        Credentials credentials = Credentials.ofDeployment(key);
        this.local = new UpstreamFlags(
                vertx, client, URI.create(settings.flagsUrl() + "/sdk/v2/flags?v=0"), credentials, Map.of());
        this.remote = settings.remoteFlags()
                ? new UpstreamFlags(
                        vertx,
                        client,
                        URI.create(settings.flagsUrl() + "/sdk/v2/flags?v=0&eval_mode=remote"),
                        credentials,
                        projectAuthorization(project))
                : null;
        this.status = upstream.add(UpstreamStatus.Kind.FLAGS, label);
        this.poller = new Poller(vertx, this::poll, this::interval, new Backoff(settings.maxBackoff()));
        URI streamUrl = settings.streamUrl();
        this.streamStatus = streamUrl == null ? null : upstream.add(UpstreamStatus.Kind.STREAM, label);
        this.stream = streamUrl == null || streamStatus == null
                ? null
                : new FlagStream(
                        vertx,
                        client,
                        URI.create(streamUrl + "/sdk/stream/v1/flags"),
                        credentials,
                        timing,
                        this::receive,
                        streamStatus);
    }

    private static Map<String, String> projectAuthorization(Upstream.Project project) {
        return project.apiKey() == null || project.secretKey() == null
                ? Map.of()
                : Map.of(
                        PROJECT_AUTHORIZATION,
                        Credentials.ofProject(project.apiKey(), project.secretKey())
                                .header());
    }

    /** A short name of a deployment without a label, which does not reveal its key. */
    static String label(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, LABEL_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** @param streamDelay delay of the stream, so that many deployments do not connect at the same time */
    void start(Duration streamDelay) {
        poller.pollNow();
        FlagStream opening = stream;
        if (opening != null && streamDelay.isZero()) {
            opening.connect();
        } else if (opening != null) {
            vertx.setTimer(streamDelay.toMillis(), over -> {
                if (!stopped) {
                    opening.connect();
                }
            });
        }
    }

    void stop() {
        stopped = true;
        dropWaiting();
        poller.stop();
        status.remove();
        if (stream != null) {
            stream.stop();
        }
        if (streamStatus != null) {
            streamStatus.remove();
        }
    }

    private Duration interval() {
        Duration polling = settings.flagsInterval();
        return isOfVariate() && VARIATE_INTERVAL.compareTo(polling) < 0 ? VARIATE_INTERVAL : polling;
    }

    /** Whether the upstream reports revisions, as another Variate does. */
    boolean isOfVariate() {
        return !revisions().isEmpty();
    }

    private Future<Void> poll() {
        long began = generation;
        long number = ++begunPolls;
        return request(local::request).transform(done -> {
            if (stopped) {
                return Future.succeededFuture();
            }
            if (done.failed()) {
                failingSince = failingSince == null ? Long.valueOf(System.nanoTime()) : failingSince;
                status.failed(done.cause());
                return Future.failedFuture(done.cause());
            }
            failingSince = null;
            status.succeeded();
            if (generation == began) {
                boolean wasAwaited = awaitsPoll();
                succeededPoll = number;
                accept(done.result(), wasAwaited && !awaitsPoll());
            } else {
                poller.pollNow();
            }
            return Future.succeededFuture();
        });
    }

    /** Requests the remote set first: it may be all. */
    private Future<Answers> request(Supplier<Future<Found>> localSet) {
        return requestRemote()
                .compose(found -> found != null && found.flags().isExact()
                        ? Future.succeededFuture(new Answers(null, found))
                        : localSet.get().map(own -> new Answers(own, found)));
    }

    /** An upstream that does not know {@code eval_mode} has no more flags for it. */
    private Future<@Nullable Found> requestRemote() {
        if (remote == null) {
            return Future.succeededFuture();
        }
        return remote.request().<@Nullable Found>map(found -> found).recover(failure -> {
            int code = failure instanceof UpstreamException upstream ? upstream.status() : 0;
            return code == 400 || code == 404 || code == 501
                    ? Future.succeededFuture(new Found(FlagSet.EMPTY, null, null))
                    : Future.failedFuture(failure);
        });
    }

    private void accept(Answers answers, boolean isAwaited) {
        boolean changed = isAwaited;
        Found localFound = answers.local() == null ? new Found(FlagSet.EMPTY, null, null) : answers.local();
        changed |= isNews(localFound, local);
        local.accept(localFound);
        if (remote != null && answers.remote() != null) {
            changed |= isNews(answers.remote(), remote);
            remote.accept(answers.remote());
        }
        if (changed) {
            onChange.run();
        }
    }

    private static boolean isNews(Found found, UpstreamFlags known) {
        return !found.flags().equals(known.flags()) || !equal(found.revision(), known.revision());
    }

    private static boolean equal(@Nullable Long one, @Nullable Long other) {
        return one == null ? other == null : one.equals(other);
    }

    /** An event has no revision, so it only triggers a poll of another Variate, and of an upstream not known yet. */
    private void receive(StreamEvent event) {
        if (stopped) {
            event.close();
            return;
        }
        boolean isUnknown = succeededPoll == 0 && poller.failure() == null;
        if (isUnknown || isOfVariate()) {
            event.close();
            poller.pollNow();
            return;
        }
        dropWaiting();
        waiting = event;
        if (!readingEvent) {
            readWaiting();
        }
    }

    private void dropWaiting() {
        if (waiting != null) {
            waiting.close();
            waiting = null;
        }
    }

    private void readWaiting() {
        StreamEvent event = waiting;
        waiting = null;
        if (event == null || stopped) {
            return;
        }
        readingEvent = true;
        generation++;
        long began = generation;
        Future<FlagSet> read = local.read(event.data()).onComplete(done -> event.close());
        // While polls fail, their pause holds for the remote set too.
        Future<@Nullable Found> remoteFound = poller.failure() == null ? requestRemote() : Future.succeededFuture();
        Future.join(read, remoteFound).onComplete(done -> {
            if (read.succeeded() && !stopped && generation == began) {
                accept(
                        new Answers(
                                new Found(read.result(), null, null),
                                remoteFound.succeeded() ? remoteFound.result() : null),
                        false);
            } else if (read.failed() && streamStatus != null) {
                streamStatus.failed(read.cause());
                poller.pollNow();
            }
            if (remoteFound.failed()) {
                status.failed(remoteFound.cause());
            }
            vertx.setTimer(EVENT_GAP_MILLIS, over -> {
                readingEvent = false;
                readWaiting();
            });
        });
    }

    Upstream.Project project() {
        return project;
    }

    String key() {
        return key;
    }

    String label() {
        return label;
    }

    /** Takes the label of the list. The log keeps the first one. */
    void rename(String newLabel) {
        label = newLabel;
    }

    Poller poller() {
        return poller;
    }

    /** Does not count what was read so far as the flags of the present revision, and polls at once. */
    void requireNewPoll() {
        requiredPoll = begunPolls + 1;
        poller.pollNow();
    }

    /** Whether no poll has succeeded since the last {@link #requireNewPoll}, or since the start. */
    boolean awaitsPoll() {
        return succeededPoll < requiredPoll;
    }

    /** Whether the upstream rejects the requests, or has failed for some time. */
    boolean isLost() {
        Throwable failure = poller.failure();
        Long since = failingSince;
        if (failure == null || since == null) {
            return false;
        }
        int code = failure instanceof UpstreamException upstream ? upstream.status() : 0;
        boolean isRejected = code >= 400 && code < 500 && code != TIMEOUT && code != TOO_MANY;
        return isRejected || System.nanoTime() - since > MAX_FAILING.toNanos();
    }

    /** The sets as they are now. */
    DeploymentState state() {
        FlagSet localFlags = local.flags();
        FlagSet remoteFlags = remote == null ? FlagSet.EMPTY : remote.flags();
        List<Long> revisions = revisions();
        return new DeploymentState(
                project.key(),
                key,
                label,
                remoteFlags == null ? null : localFlags,
                remoteFlags == null ? FlagSet.EMPTY : remoteFlags,
                revisions.isEmpty() ? 0 : Collections.min(revisions));
    }

    /** The revisions of the sets, none if the upstream is no Variate. */
    List<Long> revisions() {
        return Stream.of(local.revision(), remote == null ? null : remote.revision())
                .filter(Objects::nonNull)
                .toList();
    }
}
