package io.variate.ofrep;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.http.flags.OpenStreams;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.web.ApiError;
import io.variate.web.HeadRequests;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.QueryString;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Streams of server-sent events that notify providers when to refetch their flags. Belongs to one verticle instance.
 *
 * <p>The stream address that a provider gets with its flags contains their revision. So a provider that connects late, or
 * reconnects, is notified at once if it missed a change, and only then.
 */
final class ChangeStreams {
    static final String PATH = "/ofrep/v1/stream";

    private static final ApiError UNKNOWN_CHANNEL = new ApiError(404, "not_found", "unknown channel", "channel");
    private static final ApiError TOO_MANY =
            new ApiError(503, "too_many_streams", "this node has reached streams.max-open");

    /** Browsers that lose their node reconnect after a random time in this range. */
    private static final long RETRY_FROM_MILLIS = 1_000;

    private static final long RETRY_TO_MILLIS = 5_000;

    /** Streams written to in one turn of the event loop, before other requests run. */
    private static final int BATCH = 64;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final OpenStreams openStreams;
    private final Channels channels;
    private final Set<ChangeStream> streams = new HashSet<>();
    private final List<Runnable> subscriptions;
    private final long timer;
    private boolean stopping;

    /**
     * Subscribes to changes. Called on the event loop that it belongs to.
     *
     * @param openStreams shared by all event loops of the node
     */
    ChangeStreams(
            Vertx vertx,
            CurrentRuleset current,
            UploadedCohorts cohorts,
            OpenStreams openStreams,
            Settings.Streams settings) {
        this.vertx = vertx;
        this.current = current;
        this.openStreams = openStreams;
        this.channels = new Channels(current);
        Context loop = vertx.getOrCreateContext();
        this.subscriptions = List.of(
                current.onChange(ruleset -> loop.runOnContext(run -> forEach(this::update))),
                cohorts.onChange(
                        projects -> loop.runOnContext(run -> forEach(stream -> notifyAgain(stream, projects)))));
        this.timer = vertx.setPeriodic(
                settings.keepAlive().toMillis(), tick -> forEach(stream -> stream.tick(current.revision())));
    }

    /** Opens a stream. */
    void open(RoutingContext context) {
        String deploymentKey = channels.deploymentKey(parameter(context, "channel"));
        if (deploymentKey == null) {
            OfrepFailures.answer(context, UNKNOWN_CHANNEL);
            return;
        }
        if (HeadRequests.isBodiless(context.response())) {
            putHeaders(context.response()).end();
            return;
        }
        if (stopping || !openStreams.add()) {
            OfrepFailures.answer(context, TOO_MANY);
            return;
        }
        HttpServerResponse response = putHeaders(context.response()).setChunked(true);
        ChangeStream stream = new ChangeStream(response, deploymentKey, notifiedBefore(context));
        streams.add(stream);
        response.closeHandler(closed -> forget(stream));
        stream.begin(ThreadLocalRandom.current().nextLong(RETRY_FROM_MILLIS, RETRY_TO_MILLIS));
        stream.notify(current.revision());
    }

    private static HttpServerResponse putHeaders(HttpServerResponse response) {
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader("X-Accel-Buffering", "no");
    }

    /** Ends all streams. */
    Future<?> drain() {
        stopping = true;
        subscriptions.forEach(Runnable::run);
        vertx.cancelTimer(timer);
        return forEach(this::end);
    }

    /** The later of the revision in the address and the last event that the client received. */
    private static long notifiedBefore(RoutingContext context) {
        return Math.max(
                Revisions.read(parameter(context, "since")),
                Revisions.read(context.request().getHeader("Last-Event-ID")));
    }

    private static @Nullable String parameter(RoutingContext context, String name) {
        return QueryString.first(context.request().query(), name);
    }

    private void update(ChangeStream stream) {
        Ruleset ruleset = current.get();
        if (ruleset != null && ruleset.deployment(stream.deploymentKey()) == null) {
            end(stream);
        } else {
            stream.notify(current.revision());
        }
    }

    /** The cohorts of these projects have changed, and with them answers for their deployments. */
    private void notifyAgain(ChangeStream stream, Set<String> projects) {
        Ruleset ruleset = current.get();
        DeployedFlags deployed = ruleset == null ? null : ruleset.deployment(stream.deploymentKey());
        if (deployed != null && projects.contains(deployed.project().key())) {
            stream.markStale();
            stream.notify(current.revision());
        }
    }

    private void end(ChangeStream stream) {
        forget(stream);
        stream.end();
    }

    private void forget(ChangeStream stream) {
        if (streams.remove(stream)) {
            openStreams.remove();
        }
    }

    private Future<Void> forEach(Consumer<ChangeStream> action) {
        Promise<Void> done = Promise.promise();
        forEach(List.copyOf(streams).iterator(), action, done);
        return done.future();
    }

    /** Handles a batch, then yields to other work of the event loop before the rest. */
    private void forEach(Iterator<ChangeStream> remaining, Consumer<ChangeStream> action, Promise<Void> done) {
        for (int i = 0; i < BATCH && remaining.hasNext(); i++) {
            ChangeStream stream = remaining.next();
            if (streams.contains(stream)) {
                action.accept(stream);
            }
        }
        if (remaining.hasNext()) {
            vertx.timer(1, TimeUnit.MICROSECONDS).onComplete(turn -> forEach(remaining, action, done));
        } else {
            done.complete();
        }
    }
}
