package io.variate.http.flags;

import io.variate.config.Settings;
import io.variate.http.events.FlagEvent;
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
 * {@code GET /sdk/stream/v1/flags}: the flags of a deployment now and after each change, for clients that evaluate by
 * themselves.
 *
 * <p>Source: the streams that Amplitude's SDKs read. Parameters are ignored, as there, but for {@code eval_mode=remote}.
 */
public final class StreamEndpoints implements Endpoints {
    private static final String PATH = "/sdk/stream/v1/flags";
    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream");
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence BUFFERING = HttpHeaders.createOptimized("X-Accel-Buffering");
    private static final CharSequence NO = HttpHeaders.createOptimized("no");

    private static final ApiError TOO_MANY =
            new ApiError(503, "too_many_streams", "this node has as many streams as it may");
    private static final ApiError STOPPING = new ApiError(503, "stopping", "this node is about to stop");

    /** Looks between two signs of life of a stream; at each, a share of the streams gets one. */
    private static final int TICKS = 64;

    /** Streams that are told of a change before other requests have their turn. */
    private static final int BATCH = 64;

    /** A stream ends in each, or more if there are very many. */
    private static final Duration STAGGER = Duration.ofMillis(1);

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final OpenStreams openStreams;
    private final Settings.Streams settings;
    private final Duration drainTimeout;
    private final Duration tick;
    private final Set<FlagStream> streams = new HashSet<>();
    private final Map<ServedFlags, FlagEvent> events = new WeakHashMap<>();

    private Runnable deafen = () -> {};
    private boolean updating;
    private boolean changedAgain;
    private boolean leaving;

    /**
     * Serves streams.
     *
     * @param openStreams shared by all event loops of the node
     * @param drainTimeout how long the server waits when it stops; half of it is for ending streams one after the other
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
        deafen = current.onChange(ruleset -> loop.runOnContext(run -> update()));
        vertx.setPeriodic(tick.toMillis(), timer -> look());
    }

    private void open(RoutingContext context) {
        if (leaving) {
            Failures.answer(context, STOPPING);
            return;
        }
        DeployedFlags deployed = Caller.of(context).deployed();
        FlagFeed feed = FlagFeed.of(deployed, context.request().query());
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
        long first = ThreadLocalRandom.current().nextLong(keepAlive / 2, keepAlive + 1);
        FlagStream stream = new FlagStream(context.request(), feed, System.nanoTime() + first, keepAlive);
        streams.add(stream);
        response.closeHandler(closed -> forget(stream));
        if (feed.flags(deployed).isEncoded()) {
            offer(stream, feed.flags(deployed));
        } else {
            encode(List.of(stream)).onComplete(encoded -> update(stream));
        }
    }

    private static HttpServerResponse putHeaders(HttpServerResponse response) {
        return response.putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE)
                .putHeader(BUFFERING, NO);
    }

    /** Whether it was there. */
    private boolean forget(FlagStream stream) {
        boolean known = streams.remove(stream);
        if (known) {
            openStreams.remove();
        }
        return known;
    }

    /** Signs of life, and the end of those whose readers give none. */
    private void look() {
        long now = System.nanoTime();
        long nextLook = now + tick.toNanos();
        long patience = settings.stallTimeout().toNanos();
        for (FlagStream stream : List.copyOf(streams)) {
            if (stream.isStalled(now, patience)) {
                openStreams.noteDropped();
                end(stream);
            } else {
                stream.keepAlive(nextLook);
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

    /** On a worker, for a large set takes its time. */
    private Future<?> encode(List<FlagStream> all) {
        Set<FlagFeed> feeds = all.stream().map(FlagStream::feed).collect(Collectors.toSet());
        return vertx.executeBlocking(() -> {
            Ruleset ruleset = current.get();
            for (FlagFeed feed : feeds) {
                ServedFlags flags = ruleset == null ? null : feed.flags(ruleset);
                if (flags != null) {
                    flags.json();
                }
            }
            return null;
        });
    }

    /** Some, then the others after whatever else waits for this event loop. */
    private void update(Iterator<FlagStream> waiting) {
        for (int i = 0; i < BATCH && waiting.hasNext(); i++) {
            update(waiting.next());
        }
        if (waiting.hasNext()) {
            vertx.timer(1, TimeUnit.MICROSECONDS).onComplete(turn -> update(waiting));
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
        ServedFlags flags = stream.feed().flags(ruleset);
        if (flags == null) {
            end(stream);
        } else {
            offer(stream, flags);
        }
    }

    private void offer(FlagStream stream, ServedFlags flags) {
        stream.offer(flags, events.computeIfAbsent(flags, absent -> new FlagEvent(absent.event())));
    }

    private void end(FlagStream stream) {
        if (forget(stream)) {
            stream.end();
        }
    }

    /** Clients whose stream ends come back at once, so they are sent away one after the other. */
    @Override
    public Future<?> drain() {
        leaving = true;
        deafen.run();
        Iterator<FlagStream> open = List.copyOf(streams).iterator();
        long steps = Math.max(1, drainTimeout.dividedBy(2).dividedBy(STAGGER));
        long each = streams.size() / steps + 1;
        Promise<Void> left = Promise.promise();
        vertx.setPeriodic(STAGGER.toMillis(), timer -> {
            for (long i = 0; i < each && open.hasNext(); i++) {
                end(open.next());
            }
            if (!open.hasNext()) {
                vertx.cancelTimer(timer);
                left.complete();
            }
        });
        return left.future();
    }
}
