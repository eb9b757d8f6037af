package io.variate.http;

import io.variate.config.Settings;
import io.variate.http.vardata.Tracking;
import io.variate.web.ApiError;
import io.variate.web.Cors;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.HeadRequests;
import io.variate.web.decoding.HttpDate;
import io.variate.web.decoding.RequestTargets;
import io.variate.web.decoding.UnacceptableRequestException;
import io.variate.web.decoding.UnreadableRequests;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The public API on one event loop; deploy as many as there are processors to use, they share the port. */
public final class HttpVerticle extends VerticleBase {
    /** Enough for a megabyte a second to the other side of the world. */
    private static final int SEND_BUFFER_BYTES = 128 * 1024;

    /** A negative port is any free one, the same for all instances; with 0 each would get its own. */
    private static final int ANY_PORT_SHARED = -1;

    /** About as long as a busy client needs for its next request, the answer to which tells it that its connection ends. */
    private static final long FAREWELL_MILLIS = 200;

    /** For as long as clients still come: a balancer may need a while to notice, and a busy machine longer. */
    private static final int MOST_FAREWELLS = 10;

    private final Settings.Http settings;
    private final Settings.Limits limits;
    private final List<Endpoints> endpoints;
    private final RequestTargets targets;
    private @Nullable HttpServer server;
    private List<Route> routes = List.of();
    private boolean leaving;
    private boolean asked;

    /**
     * Serves one port.
     *
     * @param endpoints what is served; they belong to this instance alone
     */
    public HttpVerticle(Settings.Http settings, Settings.Limits limits, List<Endpoints> endpoints) {
        this.settings = settings;
        this.limits = limits;
        this.endpoints = List.copyOf(endpoints);
        this.targets = new RequestTargets(settings.maxUrlLength(), settings.maxHeaderSize());
    }

    @Override
    public Future<?> start() {
        Router router = router();
        Cors cors = new Cors(settings.corsOrigins(), settings.corsHeaders());
        routes = router.getRoutes();
        HttpServer made = vertx.createHttpServer(options()).requestHandler(request -> {
            asked = true;
            if (leaving && request.version() != HttpVersion.HTTP_2) {
                request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            prepare(request, cors);
            if (Cors.isPreflight(request)) {
                cors.answerPreflight(request);
            } else {
                route(HeadRequests.asGet(request), router);
            }
        });
        made.invalidRequestHandler(new UnreadableRequests(vertx, request -> prepare(request, cors)));
        server = made;
        return made.listen();
    }

    private static void prepare(HttpServerRequest request, Cors cors) {
        request.response().putHeader(HttpHeaders.DATE, HttpDate.now());
        cors.permit(request);
    }

    private void route(HttpServerRequest request, Router router) {
        UnacceptableRequestException problem = targets.problem(request);
        if (problem == null) {
            if (HeadRequests.isBodiless(request.response())) {
                Tracking.forbid(request.headers());
            }
            router.handle(request);
            return;
        }
        ApiError error = Failures.of(problem);
        if (endpoints.stream().noneMatch(part -> part.refuse(request, error))) {
            Failures.answer(request, error);
        }
    }

    /**
     * Ends what is open without end, and tells clients to leave until none has asked anything for a moment, or for two
     * seconds; then stops listening and lets requests under way finish, within the time of the settings. A connection that
     * is just closed as idle may have a request on its way, which would fail.
     */
    @Override
    public Future<?> stop() {
        HttpServer present = server;
        if (present == null) {
            return Future.succeededFuture();
        }
        leaving = true;
        List<Future<?>> farewells = new ArrayList<>();
        farewells.add(sayFarewell(MOST_FAREWELLS));
        endpoints.forEach(part -> farewells.add(part.drain()));
        return Future.join(farewells)
                .transform(over -> present.shutdown(settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS));
    }

    private Future<?> sayFarewell(int most) {
        asked = false;
        return vertx.timer(FAREWELL_MILLIS, TimeUnit.MILLISECONDS)
                .compose(over -> asked && most > 1 ? sayFarewell(most - 1) : Future.succeededFuture());
    }

    /** The port bound, which differs from the setting if that is 0. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** What is served, for descriptions of it to be held against. */
    public List<Route> routes() {
        return routes;
    }

    /** The port that the server asks Vert.x for, by which others know the server too. */
    public static int portOf(Settings.Http settings) {
        return settings.port() == 0 ? ANY_PORT_SHARED : settings.port();
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(settings.host())
                .setPort(portOf(settings))
                .setMaxInitialLineLength(settings.maxUrlLength())
                .setMaxHeaderSize(settings.maxHeaderSize())
                // Else the system would keep megabytes for each client that takes nothing, where no account sees them.
                .setSendBufferSize(SEND_BUFFER_BYTES)
                // HTTP/2, spoken without TLS too, counts the URL among the headers.
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(limits.streams())
                        .setMaxHeaderListSize(targets.maxHeaderListSize()))
                .setHttp2RstFloodMaxRstFramePerWindow(settings.maxResets())
                .setHttp2RstFloodWindowDuration(
                        Math.toIntExact(settings.resetWindow().toSeconds()))
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setIdleTimeout(Math.toIntExact(settings.idleTimeout().toMillis()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                // No WebSockets are served, and their handlers would see every request.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
    }

    private Router router() {
        Router router = Router.router(vertx);
        endpoints.forEach(part -> part.addTo(router));
        router.errorHandler(404, context -> Failures.answer(context, Failures.NOT_FOUND));
        // The context does not know the status of a path that cannot be decoded, but this handler is only for 400.
        router.errorHandler(400, context -> Failures.answer(context, Failures.toError(context.failure(), 400)));
        router.errorHandler(500, Failures::handle);
        return router;
    }
}
