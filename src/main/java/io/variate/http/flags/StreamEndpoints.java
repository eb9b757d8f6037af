package io.variate.http.flags;

import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.ServedFlags;
import io.variate.web.ApiError;
import io.variate.web.Authentication;
import io.variate.web.Authentication.Caller;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.HeadRequests;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * {@code GET /sdk/stream/v1/flags}: the flags of a deployment now and after each change, for SDKs with local evaluation.
 *
 * <p>Source: the streams that Amplitude's SDKs read. Parameters other than {@code eval_mode=remote} are ignored, as there.
 */
public final class StreamEndpoints implements Endpoints {
    private static final String PATH = "/sdk/stream/v1/flags";
    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream");
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence BUFFERING = HttpHeaders.createOptimized("X-Accel-Buffering");
    private static final CharSequence NO = HttpHeaders.createOptimized("no");

    private static final ApiError TOO_MANY =
            new ApiError(503, "too_many_streams", "this node has reached streams.max-open");
    private static final ApiError STOPPING = new ApiError(503, "stopping", "this node is shutting down");

    /** Checks per keep-alive interval; at each, a share of the streams gets a keep-alive. */
    private static final int TICKS = 64;

    /** Streams updated in one turn of the event loop, before other requests run. */
    private static final int BATCH = 64;

    /** Interval between the ends of two streams during shutdown; with many streams, several end at once. */
    private static final Duration STAGGER = Duration.ofMillis(1);

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final OpenStreams openStreams;
    private final Settings.Streams settings;
    private final Duration drainTimeout;
    private final Duration tick;
    private final Set<FlagStream> streams = new HashSet<>();
    private final Map<ServedFlags, FlagSetEvent> events = new WeakHashMap<>();

    private Runnable unsubscribe = () -> {};
    private boolean updating;
    private boolean changedAgain;
    private boolean stopping;

    /**
     * Serves streams.
     *
     * @param openStreams shared by all event loops of the node
     * @param drainTimeout of the server's shutdown; streams end one after the other within half of it
     */
    public StreamEndpoints(
            Vertx vertx,
            CurrentRuleset current,
            OpenStreams openStreams,
            Settings.Streams settings,
            Duration drainTimeout) {
        this.vertx = vertx;
        this.current = current;
        this.openStreams = openStreams;
        this.settings = settings;
        this.drainTimeout = drainTimeout;
        this.tick = Duration.ofMillis(Math.max(
                1,
                Math.min(
                                settings.keepAlive().toMillis(),
                                settings.stallTimeout().toMillis())
                        / TICKS));
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, PATH)
                .handler(new Authentication(current))
                .handler(this::open)
                .failureHandler(Failures::handle);
        router.route(PATH).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
        Context loop = vertx.getOrCreateContext();
        unsubscribe = current.onChange(ruleset -> loop.runOnContext(run -> update()));
        vertx.setPeriodic(tick.toMillis(), timer -> checkStreams());
    }

    private void open(RoutingContext context) {
        if (stopping) {
            Failures.answer(context, STOPPING);
            return;
        }
        DeployedFlags deployed = Caller.of(context).deployed();
        FlagSubscription subscription =
                FlagSubscription.of(deployed, context.request().query());
        if (HeadRequests.isBodiless(context.response())) {
            putHeaders(context.response()).end();
            return;
        }
        if (!openStreams.add()) {
            Failures.answer(context, TOO_MANY);
            return;
        }
        HttpServerResponse response = putHeaders(context.response()).setChunked(true);
        long keepAlive = settings.keepAlive().toNanos();
        long firstKeepAlive = ThreadLocalRandom.current().nextLong(keepAlive / 2, keepAlive + 1);
        FlagStream stream =
                new FlagStream(context.request(), subscription, System.nanoTime() + firstKeepAlive, keepAlive);
        streams.add(stream);
        deployed.uses().fetched();
        response.closeHandler(closed -> forget(stream));
        if (subscription.flags(deployed).isEncoded()) {
            offer(stream, subscription.flags(deployed));
        } else {
            encode(List.of(stream)).onComplete(encoded -> update(stream));
        }
    }

    private static HttpServerResponse putHeaders(HttpServerResponse response) {
        return response.putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE)
                .putHeader(BUFFERING, NO);
    }

    /** False if it was forgotten before. */
    private boolean forget(FlagStream stream) {
        boolean known = streams.remove(stream);
        if (known) {
            openStreams.remove();
        }
        return known;
    }

    /** Sends keep-alives and ends stalled streams. */
    private void checkStreams() {
        long now = System.nanoTime();
        long nextCheck = now + tick.toNanos();
        long stallTimeout = settings.stallTimeout().toNanos();
        for (FlagStream stream : List.copyOf(streams)) {
            if (stream.isStalled(now, stallTimeout)) {
                openStreams.countDropped();
                end(stream);
            } else {
                stream.keepAlive(nextCheck);
            }
        }
    }

    private void update() {
        if (updating) {
            changedAgain = true;
            return;
        }
        updating = true;
        List<FlagStream> all = List.copyOf(streams);
        encode(all).onComplete(encoded -> update(all.iterator()));
    }

    /** Encodes on a worker, since a large set is slow. */
    private Future<?> encode(List<FlagStream> all) {
        Set<FlagSubscription> subscriptions =
                all.stream().map(FlagStream::subscription).collect(Collectors.toSet());
        return vertx.executeBlocking(() -> {
            Ruleset ruleset = current.get();
            for (FlagSubscription subscription : subscriptions) {
                ServedFlags flags = ruleset == null ? null : subscription.flags(ruleset);
                if (flags != null) {
                    flags.json();
                }
            }
            return null;
        });
    }

    /** Updates a batch, then yields to other work of the event loop before the rest. */
    private void update(Iterator<FlagStream> remaining) {
        for (int i = 0; i < BATCH && remaining.hasNext(); i++) {
            update(remaining.next());
        }
        if (remaining.hasNext()) {
            vertx.timer(1, TimeUnit.MICROSECONDS).onComplete(turn -> update(remaining));
            return;
        }
        updating = false;
        if (changedAgain) {
            changedAgain = false;
            update();
        }
    }

    private void update(FlagStream stream) {
        Ruleset ruleset = current.get();
        if (ruleset == null || !streams.contains(stream)) {
            return;
        }
        ServedFlags flags = stream.subscription().flags(ruleset);
        if (flags == null) {
            end(stream);
        } else {
            offer(stream, flags);
        }
    }

    private void offer(FlagStream stream, ServedFlags flags) {
        stream.offer(flags, events.computeIfAbsent(flags, absent -> new FlagSetEvent(absent.event())));
    }

    private void end(FlagStream stream) {
        if (forget(stream)) {
            stream.end();
        }
    }

    /** Ends streams one after the other, since clients reconnect at once when their stream ends. */
    @Override
    public Future<?> drain() {
        stopping = true;
        unsubscribe.run();
        Iterator<FlagStream> open = List.copyOf(streams).iterator();
        long steps = Math.max(1, drainTimeout.dividedBy(2).dividedBy(STAGGER));
        long batch = streams.size() / steps + 1;
        Promise<Void> ended = Promise.promise();
        vertx.setPeriodic(STAGGER.toMillis(), timer -> {
            for (long i = 0; i < batch && open.hasNext(); i++) {
                end(open.next());
            }
            if (!open.hasNext()) {
                vertx.cancelTimer(timer);
                ended.complete();
            }
        });
        return ended.future();
    }
}
