package io.variate.bootstrap;

import com.hazelcast.core.HazelcastInstance;
import io.variate.cluster.BusCertificate;
import io.variate.cluster.BusConfiguration;
import io.variate.cluster.Cluster;
import io.variate.cluster.ClusterConfiguration;
import io.variate.cluster.HazelcastCluster;
import io.variate.cluster.RefusedJoins;
import io.variate.cluster.SingleNode;
import io.variate.config.Settings;
import io.variate.observability.Telemetry;
import io.variate.rulesets.HazelcastRulesetCache;
import io.variate.rulesets.NoRulesetCache;
import io.variate.rulesets.RulesetCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * What a node stands on: Vert.x, alone or clustered, and what nodes share.
 *
 * @param vertx closed last of all
 * @param cluster the nodes beside this one
 * @param cache the newest ruleset of all nodes
 */
record Platform(Vertx vertx, Cluster cluster, RulesetCache cache) {
    /**
     * One for each processor: http and evaluator verticles meet on the same threads, so that a request needs no switch
     * between them where that can be.
     */
    static final int EVENT_LOOPS = Runtime.getRuntime().availableProcessors();

    static Future<Platform> start(Settings settings, Telemetry telemetry) {
        VertxBuilder builder =
                Vertx.builder().with(options(settings, telemetry)).withMetrics(telemetry.factory());
        if (!settings.cluster().enabled()) {
            return Future.succeededFuture(new Platform(builder.build(), new SingleNode(), new NoRulesetCache()));
        }
        Settings.Tls tls = settings.cluster().tls();
        if (tls != null) {
            BusCertificate.observe(tls, telemetry.registry());
        }
        boolean readsSource =
                settings.postgres().uri() != null || settings.rulesets().file() != null;
        HazelcastClusterManager manager = new HazelcastClusterManager(ClusterConfiguration.of(settings, readsSource));
        return builder.withClusterManager(manager).buildClustered().map(vertx -> {
            HazelcastInstance hazelcast = manager.getHazelcastInstance();
            RefusedJoins.count(hazelcast, telemetry.registry());
            return new Platform(
                    vertx, new HazelcastCluster(vertx, hazelcast), new HazelcastRulesetCache(vertx, hazelcast));
        });
    }

    private static VertxOptions options(Settings settings, Telemetry telemetry) {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setPreferNativeTransport(true)
                .setMetricsOptions(telemetry.options())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
        return settings.cluster().enabled()
                ? options.setEventBusOptions(BusConfiguration.of(settings.cluster()))
                : options;
    }
}
