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

/** The public API on one event loop. Deploy one instance per processor to use; instances share the port. */
public final class HttpVerticle extends VerticleBase {
    /** Enough for 1 MB/s to a client on the other side of the world. */
    private static final int SEND_BUFFER_BYTES = 128 * 1024;

    /** Vert.x binds all instances to the same free port if the port is negative; with 0 each would bind its own. */
    private static final int ANY_PORT_SHARED = -1;

    /** How long a busy client needs to send its next request; the answer to that closes the connection. */
    private static final long QUIET_MILLIS = 200;

    /** Bounds the wait while clients keep sending: a load balancer needs time to take this node out of rotation. */
    private static final int MOST_QUIET_CHECKS = 10;

    private final Settings.Http settings;
    private final Settings.Limits limits;
    private final List<Endpoints> endpoints;
    private final RequestTargets targets;
    private @Nullable HttpServer server;
    private List<Route> routes = List.of();
    private boolean stopping;
    private boolean requested;

    /**
     * Serves one port.
     *
     * @param endpoints used by this instance only
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
        Cors cors = new Cors(settings.corsOrigins(), settings.corsHeaders(), Cors.PUBLIC);
        routes = router.getRoutes();
        HttpServer created = vertx.createHttpServer(options()).requestHandler(request -> {
            requested = true;
            if (stopping && request.version() != HttpVersion.HTTP_2) {
                request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            prepare(request, cors);
            if (Cors.isPreflight(request)) {
                cors.answerPreflight(request);
            } else {
                route(HeadRequests.asGet(request), router);
            }
        });
        created.invalidRequestHandler(new UnreadableRequests(vertx, request -> prepare(request, cors)));
        server = created;
        return created.listen();
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
     * Shuts down gracefully: ends open streams, asks clients to close their connections, and waits until no request has
     * arrived for 200 ms, for two seconds at most. Then it stops listening and waits for requests in flight, for
     * {@code http.drain-timeout} at most. Closing idle connections at once would fail a request that is already on its way.
     */
    @Override
    public Future<?> stop() {
        HttpServer present = server;
        if (present == null) {
            return Future.succeededFuture();
        }
        stopping = true;
        List<Future<?>> ended = new ArrayList<>();
        ended.add(awaitQuiet(MOST_QUIET_CHECKS));
        endpoints.forEach(part -> ended.add(part.drain()));
        return Future.join(ended)
                .transform(over -> present.shutdown(settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS));
    }

    private Future<?> awaitQuiet(int most) {
        requested = false;
        return vertx.timer(QUIET_MILLIS, TimeUnit.MILLISECONDS)
                .compose(over -> requested && most > 1 ? awaitQuiet(most - 1) : Future.succeededFuture());
    }

    /** The bound port: differs from {@code http.port} if that is 0. 0 before the server is started. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** The routes of this server; tests compare the API description with them. */
    public List<Route> routes() {
        return routes;
    }

    /** The port to request from Vert.x, which identifies the server to other parts of the node. */
    public static int portOf(Settings.Http settings) {
        return settings.port() == 0 ? ANY_PORT_SHARED : settings.port();
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(settings.host())
                .setPort(portOf(settings))
                .setMaxInitialLineLength(settings.maxUrlLength())
                .setMaxHeaderSize(settings.maxHeaderSize())
                // The default lets the kernel buffer megabytes for a client that does not read, outside the memory
                // account.
                .setSendBufferSize(SEND_BUFFER_BYTES)
                // HTTP/2, served without TLS too, counts the URL as a header.
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(limits.streams())
                        .setMaxHeaderListSize(targets.maxHeaderListSize()))
                .setHttp2RstFloodMaxRstFramePerWindow(settings.maxResets())
                .setHttp2RstFloodWindowDuration(
                        Math.toIntExact(settings.resetWindow().toSeconds()))
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setIdleTimeout(Math.toIntExact(settings.idleTimeout().toMillis()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                // There are no WebSockets, and their handlers would run for every request.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
    }

    private Router router() {
        Router router = Router.router(vertx);
        endpoints.forEach(part -> part.addTo(router));
        router.errorHandler(404, context -> Failures.answer(context, Failures.NOT_FOUND));
        // The context has no status for a path that cannot be decoded; this handler is for 400 only.
        router.errorHandler(400, context -> Failures.answer(context, Failures.toError(context.failure(), 400)));
        router.errorHandler(500, Failures::handle);
        return router;
    }
}
