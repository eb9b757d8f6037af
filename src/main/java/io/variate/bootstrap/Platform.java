package io.variate.bootstrap;

import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.BusCertificate;
import io.variate.cluster.BusConfiguration;
import io.variate.cluster.Cluster;
import io.variate.cluster.ClusterConfiguration;
import io.variate.cluster.GuardedClusterManager;
import io.variate.cluster.HazelcastCluster;
import io.variate.cluster.RefusedJoins;
import io.variate.cluster.SingleNode;
import io.variate.config.Settings;
import io.variate.http.HttpVerticle;
import io.variate.observability.Telemetry;
import io.variate.rulesets.HazelcastRulesetCache;
import io.variate.rulesets.NoRulesetCache;
import io.variate.rulesets.RulesetCache;
import io.variate.web.connections.Accounts;
import io.variate.web.connections.ConnectionLimits;
import io.variate.web.connections.Connections;
import io.variate.web.connections.GuardedTransport;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.HashMap;
import java.util.Map;

/**
 * The platform of a node: Vert.x, clustered or not, and the state that nodes share.
 *
 * @param vertx closed last
 * @param cluster the view of the other nodes
 * @param cache the newest ruleset of all nodes
 */
record Platform(Vertx vertx, Cluster cluster, RulesetCache cache) {
    /**
     * One per processor. HTTP and evaluator verticles share these threads, so that most requests need no switch between
     * threads.
     */
    static final int EVENT_LOOPS = Runtime.getRuntime().availableProcessors();

    static Future<Platform> start(Settings settings, Telemetry telemetry) {
        VertxBuilder builder = Vertx.builder()
                .with(options(settings, telemetry))
                .withMetrics(telemetry.factory())
                .withTransport(transport(settings, telemetry.registry()));
        if (!settings.cluster().enabled()) {
            return Future.succeededFuture(new Platform(builder.build(), new SingleNode(), new NoRulesetCache()));
        }
        Settings.Tls tls = settings.cluster().tls();
        if (tls != null) {
            BusCertificate.observe(tls, telemetry.registry());
        }
        boolean readsSource = settings.postgres().uri() != null
                || settings.rulesets().file() != null
                || settings.upstream().isSet();
        return GuardedClusterManager.join(
                        ClusterConfiguration.of(settings, readsSource),
                        settings.cluster(),
                        new RefusedJoins(telemetry.registry()))
                .compose(manager -> build(builder, manager, telemetry.registry()));
    }

    private static Future<Platform> build(VertxBuilder builder, GuardedClusterManager manager, MeterRegistry metrics) {
        return builder.withClusterManager(manager)
                .buildClustered()
                .map(vertx -> {
                    HazelcastInstance hazelcast = manager.getHazelcastInstance();
                    Cluster cluster = new HazelcastCluster(vertx, hazelcast);
                    return new Platform(vertx, cluster, new HazelcastRulesetCache(vertx, hazelcast, cluster, metrics));
                })
                .recover(failure -> manager.shutDown().transform(ended -> Future.failedFuture(failure)));
    }

    /** The admin port has a separate memory account, so that clients of the public port cannot exhaust it. */
    private static GuardedTransport transport(Settings settings, MeterRegistry metrics) {
        Settings.Limits limits = settings.limits();
        Accounts clients = Accounts.ofClients(limits.memory(), limits.unprovenMemory(), metrics);
        Accounts operators = Accounts.ofOperators(
                Math.max(limits.memory(), 2L * settings.admin().maxDocumentSize()), metrics);
        Map<Integer, Connections> byPort = new HashMap<>();
        byPort.put(
                HttpVerticle.portOf(settings.http()),
                new Connections("http", connections(limits, limits.connections()), clients, metrics));
        ConnectionLimits ofOperators = connections(limits, limits.adminConnections());
        byPort.put(settings.admin().port(), new Connections("admin", ofOperators, operators, metrics));
        if (settings.metrics().enabled()) {
            // If both may be any free port, they share the connections: options cannot tell them apart.
            byPort.computeIfAbsent(
                    settings.metrics().port(), port -> new Connections("metrics", ofOperators, operators, metrics));
        }
        return new GuardedTransport(GuardedTransport.best(), byPort);
    }

    private static ConnectionLimits connections(Settings.Limits limits, int maxConnections) {
        return new ConnectionLimits(
                maxConnections, limits.streams(), limits.headTimeout(), limits.transferGrace(), limits.transferRate());
    }

    private static VertxOptions options(Settings settings, Telemetry telemetry) {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setMetricsOptions(telemetry.options())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
        return settings.cluster().enabled()
                ? options.setEventBusOptions(BusConfiguration.of(settings.cluster()))
                : options;
    }
}
