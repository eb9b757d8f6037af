package io.variate.ofrep;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.http.flags.OpenStreams;
import io.variate.rulesets.CurrentRuleset;
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
 * Streams of server-sent events that tell providers when to ask again. Belongs to one verticle instance.
 *
 * <p>The address that a provider gets with its flags says which revision these are of. So one that connects late, or
 * again, is told at once if it missed something, and of nothing otherwise.
 */
final class ChangeStreams {
    static final String PATH = "/ofrep/v1/stream";

    private static final ApiError NO_CHANNEL = new ApiError(404, "not_found", "there is no such channel", "channel");
    private static final ApiError TOO_MANY =
            new ApiError(503, "too_many_streams", "this node has as many streams as it may");

    /** Browsers that lose their node come back within this, each at its own time. */
    private static final long RETRY_FROM_MILLIS = 1_000;

    private static final long RETRY_TO_MILLIS = 5_000;

    /** Streams that are written to before other requests have their turn. */
    private static final int BATCH = 64;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final OpenStreams openStreams;
    private final Channels channels;
    private final Set<ChangeStream> streams = new HashSet<>();
    private final List<Runnable> deafen;
    private final long timer;
    private boolean leaving;

    /**
     * Listens for changes from now on; on the event loop that it belongs to.
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
        this.deafen = List.of(
                current.onChange(ruleset -> loop.runOnContext(run -> each(this::update))),
                cohorts.onChange(() -> loop.runOnContext(run -> each(this::tellAgain))));
        this.timer = vertx.setPeriodic(
                settings.keepAlive().toMillis(), tick -> each(stream -> stream.tick(current.revision())));
    }

    /** Opens a stream. */
    void open(RoutingContext context) {
        String deploymentKey = channels.deploymentKey(parameter(context, "channel"));
        if (deploymentKey == null) {
            OfrepFailures.answer(context, NO_CHANNEL);
            return;
        }
        if (HeadRequests.isBodiless(context.response())) {
            putHeaders(context.response()).end();
            return;
        }
        if (leaving || !openStreams.add()) {
            OfrepFailures.answer(context, TOO_MANY);
            return;
        }
        HttpServerResponse response = putHeaders(context.response()).setChunked(true);
        ChangeStream stream = new ChangeStream(response, deploymentKey, toldBefore(context));
        streams.add(stream);
        response.closeHandler(closed -> forget(stream));
        stream.begin(ThreadLocalRandom.current().nextLong(RETRY_FROM_MILLIS, RETRY_TO_MILLIS));
        stream.tell(current.revision());
    }

    private static HttpServerResponse putHeaders(HttpServerResponse response) {
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader("X-Accel-Buffering", "no");
    }

    /** Ends all streams. */
    Future<?> drain() {
        leaving = true;
        deafen.forEach(Runnable::run);
        vertx.cancelTimer(timer);
        return each(this::end);
    }

    /** The later of what the address says and what the stream said last. */
    private static long toldBefore(RoutingContext context) {
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
            stream.tell(current.revision());
        }
    }

    private void tellAgain(ChangeStream stream) {
        stream.outdate();
        stream.tell(current.revision());
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

    private Future<Void> each(Consumer<ChangeStream> action) {
        Promise<Void> done = Promise.promise();
        each(List.copyOf(streams).iterator(), action, done);
        return done.future();
    }

    /** Some, then the others after whatever else waits for this event loop. */
    private void each(Iterator<ChangeStream> waiting, Consumer<ChangeStream> action, Promise<Void> done) {
        for (int i = 0; i < BATCH && waiting.hasNext(); i++) {
            ChangeStream stream = waiting.next();
            if (streams.contains(stream)) {
                action.accept(stream);
            }
        }
        if (waiting.hasNext()) {
            vertx.timer(1, TimeUnit.MICROSECONDS).onComplete(turn -> each(waiting, action, done));
        } else {
            done.complete();
        }
    }
}
