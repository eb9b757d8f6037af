package io.variate.bootstrap;

import io.variate.bus.codecs.MessageCodecs;
import io.variate.config.Settings;
import io.variate.http.HttpVerticle;
import io.variate.observability.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.ext.web.Route;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server. {@link NodeParts} constructs its components; {@link Startup} starts and stops them.
 *
 * <p>A node starts without PostgreSQL and without Kafka; it is ready once it has a ruleset.
 */
public final class Node {
    private static final Logger log = LoggerFactory.getLogger(Node.class);

    private final NodeParts parts;
    private final Startup startup;

    private Node(NodeParts parts) {
        this.parts = parts;
        this.startup = new Startup(parts);
    }

    /**
     * Starts a node.
     *
     * @return the node, which responds on its ports; fails, after everything is stopped again, if a port cannot be bound or
     *     the cluster cannot be joined
     */
    public static Future<Node> start(Settings settings) {
        Telemetry telemetry = new Telemetry();
        // Not a future of a Vert.x context: a failure is reported after Vert.x is closed and its threads have ended.
        Promise<Node> started = Promise.promise();
        Future.succeededFuture()
                .compose(go -> Platform.start(settings, telemetry))
                .onComplete(platform -> start(settings, telemetry, platform, started), started::fail);
        return started.future();
    }

    private static void start(Settings settings, Telemetry telemetry, Platform platform, Promise<Node> started) {
        MessageCodecs.register(platform.vertx().eventBus());
        try {
            Node node = new Node(new NodeParts(settings, telemetry, platform));
            node.startup
                    .start()
                    .onComplete(
                            done -> {
                                log.info(
                                        "node {} is up: http={} admin={}",
                                        settings.node().id(),
                                        node.httpPort(),
                                        node.adminPort());
                                started.complete(node);
                            },
                            failure -> node.stop().onComplete(stopped -> started.fail(failure)));
        } catch (RuntimeException e) {
            platform.vertx().close().onComplete(closed -> started.fail(e));
        }
    }

    /** The port of the public API; 0 if the node has no HTTP role. */
    public int httpPort() {
        HttpVerticle http = startup.http();
        return http == null ? 0 : http.port();
    }

    /** The routes of the public API. */
    List<Route> routes() {
        HttpVerticle http = startup.http();
        return http == null ? List.of() : http.routes();
    }

    /** The routes of the admin port. */
    List<Route> adminRoutes() {
        return parts.admin.routes();
    }

    /** The port of health, metrics and management. */
    public int adminPort() {
        return parts.admin.port();
    }

    /** The port with metrics alone; 0 if the node has none. */
    int metricsPort() {
        return parts.metrics.port();
    }

    /** Stops the node gracefully: readiness, HTTP (drained), evaluators, events (flushed), the rest. Each step is bounded. */
    public Future<Void> stop() {
        return startup.stop();
    }
}
