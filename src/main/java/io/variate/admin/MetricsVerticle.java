package io.variate.admin;

import io.variate.config.Settings;
import io.variate.observability.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The metrics port: the metrics of the admin port and nothing else, without a token. Deploy one instance. */
public final class MetricsVerticle extends VerticleBase {
    private static final long DRAIN_SECONDS = 1;

    private final Settings.Metrics settings;
    private final Settings.Limits limits;
    private final Telemetry telemetry;
    private @Nullable HttpServer server;

    /** Serves the metrics on their own port. */
    public MetricsVerticle(Settings.Metrics settings, Settings.Limits limits, Telemetry telemetry) {
        this.settings = settings;
        this.limits = limits;
        this.telemetry = telemetry;
    }

    @Override
    public Future<?> start() {
        Router router = Router.router(vertx);
        router.get(settings.path()).handler(new MetricsEndpoint(vertx, telemetry)::answer);
        router.route(settings.path()).handler(Replies.onlyAllows("GET, HEAD"));
        Replies.install(router);
        server = AdminVerticle.server(vertx, settings.host(), settings.port(), limits, router);
        return server.listen();
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
    }

    /** The bound port, which differs from the setting if that is 0. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }
}
