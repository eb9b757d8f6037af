package io.variate.admin;

import io.variate.config.Settings;
import io.variate.management.access.Authenticator;
import io.variate.observability.Telemetry;
import io.variate.web.Cors;
import io.variate.web.Endpoints;
import io.variate.web.HeadRequests;
import io.variate.web.decoding.HttpDate;
import io.variate.web.decoding.RequestTargets;
import io.variate.web.decoding.UnacceptableRequestException;
import io.variate.web.decoding.UnreadableRequests;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The admin port: health, metrics, the ruleset document, cohorts and the ledger. Deploy one instance. */
public final class AdminVerticle extends VerticleBase {
    private static final long DRAIN_SECONDS = 2;
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /** Longer than any request takes. */
    private static final int IDLE_SECONDS = 120;

    private final Settings.Admin settings;
    private final Settings.Limits limits;
    private final boolean onLoopback;
    private final Health health;
    private final Telemetry telemetry;
    private final RulesetRoutes ruleset;
    private final PreviewEndpoint preview;
    private final DraftEndpoints drafts;
    private final DeploymentsEndpoint deployments;
    private final LedgerEndpoint ledger;
    private final Authenticator authenticator;
    private final List<Endpoints> endpoints;
    private @Nullable HttpServer server;
    private List<Route> routes = List.of();

    /**
     * Serves the endpoints on one port.
     *
     * @param endpoints of other packages, below {@code /api/} unless they need no token; the first match answers
     */
    public AdminVerticle(
            Settings.Admin settings,
            Settings.Limits limits,
            Health health,
            Telemetry telemetry,
            RulesetRoutes ruleset,
            PreviewEndpoint preview,
            DraftEndpoints drafts,
            DeploymentsEndpoint deployments,
            LedgerEndpoint ledger,
            Authenticator authenticator,
            List<Endpoints> endpoints) {
        this.settings = settings;
        this.limits = limits;
        this.onLoopback = settings.isOnLoopback();
        this.health = health;
        this.telemetry = telemetry;
        this.ruleset = ruleset;
        this.preview = preview;
        this.drafts = drafts;
        this.deployments = deployments;
        this.ledger = ledger;
        this.authenticator = authenticator;
        this.endpoints = List.copyOf(endpoints);
    }

    @Override
    public Future<?> start() {
        Router router = router();
        routes = router.getRoutes();
        server = server(vertx, settings.host(), settings.port(), limits, router);
        return server.listen();
    }

    /** Creates a server for operators. */
    static HttpServer server(Vertx vertx, String host, int port, Settings.Limits limits, Router router) {
        HttpServerOptions options =
                new HttpServerOptions().setHost(host).setPort(port).setIdleTimeout(IDLE_SECONDS);
        RequestTargets targets = new RequestTargets(options.getMaxInitialLineLength(), options.getMaxHeaderSize());
        options.setInitialSettings(new Http2Settings()
                .setMaxConcurrentStreams(limits.streams())
                .setMaxHeaderListSize(targets.maxHeaderListSize()));
        return vertx.createHttpServer(options)
                .requestHandler(request -> {
                    putDate(request);
                    handle(HeadRequests.asGet(request), targets, router);
                })
                .invalidRequestHandler(new UnreadableRequests(vertx, AdminVerticle::putDate));
    }

    private static void putDate(HttpServerRequest request) {
        request.response().putHeader(HttpHeaders.DATE, HttpDate.now());
    }

    private static void handle(HttpServerRequest request, RequestTargets targets, Router router) {
        UnacceptableRequestException problem = targets.problem(request);
        if (problem != null) {
            UnreadableRequests.answer(request, problem);
        } else if (RequestTargets.isForServer(request)) {
            request.response()
                    .putHeader(HttpHeaders.ALLOW, METHODS)
                    .setStatusCode(204)
                    .end();
        } else {
            router.handle(request);
        }
    }

    @Override
    public Future<?> stop() {
        HttpServer present = server;
        if (present == null) {
            return Future.succeededFuture();
        }
        return Future.join(endpoints.stream().map(Endpoints::drain).toList())
                .transform(drained -> present.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS));
    }

    /** The bound port, which differs from the setting if that is 0. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** The routes of this server; tests compare the API description with them. */
    public List<Route> routes() {
        return routes;
    }

    private Router router() {
        Router router = Router.router(vertx);
        guardHosts(router);
        router.get("/health/live").handler(context -> Replies.json(context, 200, Health.ALIVE));
        router.get("/health/ready").handler(this::readiness);
        router.get("/metrics").handler(new MetricsEndpoint(vertx, telemetry)::answer);
        permitPages(router);
        router.route("/api/*").handler(new TokenGuard(authenticator));
        endpoints.forEach(each -> each.addTo(router));
        router.get("/api/1/ledger").handler(ledger::show);
        router.get("/api/1/deployments").handler(deployments::list);
        ruleset.mount(router, DocumentBodies.ofDocuments(settings.maxDocumentSize()));
        preview.mount(router, DocumentBodies.ofTrees(settings.maxDocumentSize()));
        drafts.mount(router, DocumentBodies.ofResources(settings.maxDocumentSize()));
        for (String path :
                List.of("/health/live", "/health/ready", "/metrics", "/api/1/ledger", "/api/1/deployments")) {
            router.route(path).handler(Replies.onlyAllows("GET, HEAD"));
        }
        Replies.install(router);
        return router;
    }

    /** Guards the paths that need no token. A page without the token cannot use the others, whatever its host. */
    private void guardHosts(Router router) {
        if (!onLoopback) {
            return;
        }
        HostGuard guard = new HostGuard(settings.host());
        if (settings.token() == null) {
            router.route().handler(guard);
        } else {
            router.route("/health/*").handler(guard);
            router.route("/metrics").handler(guard);
            router.route("/openapi.json").handler(guard);
            router.route("/console/*").handler(guard);
        }
    }

    /** Lets pages of the origins in the settings use everything below {@code /api/}, with a token of their own. */
    private void permitPages(Router router) {
        if (settings.corsOrigins().isEmpty()) {
            return;
        }
        Cors cors = new Cors(settings.corsOrigins(), List.of(), Cors.ADMIN);
        router.route("/api/*").handler(context -> {
            cors.permit(context.request());
            if (Cors.isPreflight(context.request())) {
                cors.answerPreflight(context.request());
            } else {
                context.next();
            }
        });
    }

    private void readiness(RoutingContext context) {
        health.report()
                .onSuccess(report -> Replies.json(context, report.ready() ? 200 : 503, report.body()))
                .onFailure(context::fail);
    }
}
