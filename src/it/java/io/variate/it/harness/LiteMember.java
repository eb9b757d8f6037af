package io.variate.it.harness;

import com.hazelcast.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/** A Vert.x application that joins a cluster of nodes as a member that holds no data, and is no node of Variate. */
public final class LiteMember {
    private LiteMember() {}

    /** Joins the cluster of a node in the zone {@code us}. */
    public static Future<Vertx> joining(String cluster, int port, int portOfNode) {
        return start(new HazelcastClusterManager(config(cluster, port, portOfNode)));
    }

    public static Future<Vertx> start(HazelcastClusterManager manager) {
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(manager)
                .buildClustered();
    }

    public static Config config(String cluster, int port, int portOfNode) {
        Config config = new Config().setClusterName(cluster + "@us").setLiteMember(true);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false).setPublicAddress("127.0.0.1:" + port);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + portOfNode);
        return config;
    }
}
