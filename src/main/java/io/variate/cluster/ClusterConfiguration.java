package io.variate.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SerializationConfig;
import com.hazelcast.config.XmlConfigBuilder;
import io.variate.bus.ClusterName;
import io.variate.config.Secret;
import io.variate.config.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;

/**
 * The Hazelcast configuration of a node: {@code cluster/cluster.xml} with what the settings say.
 *
 * <p>The XML, packed into the jar, is the base; {@code -Dvertx.hazelcast.config=FILE} puts another in its place.
 */
public final class ClusterConfiguration {
    /** Member attribute of nodes that can read the source of the ruleset. */
    static final String READS_SOURCE = "variate.reads-source";

    /** Member attribute of nodes that have the evaluator role. */
    static final String EVALUATES = "variate.evaluates";

    /** Member attribute: the id that the settings give the node. */
    static final String NODE = "variate.node";

    /** Member attribute: tells this run of the node from all others. Hazelcast's own id changes when a split heals. */
    static final String MEMBER = "variate.member";

    private static final String[] EXCEPTION_PACKAGES = {
        "java.io",
        "java.lang",
        "com.hazelcast.cluster",
        "com.hazelcast.core",
        "com.hazelcast.map",
        "com.hazelcast.internal.cluster.impl",
        "com.hazelcast.nio.serialization",
        "com.hazelcast.spi.exception",
        "com.hazelcast.splitbrainprotection",
        "com.hazelcast.transaction"
    };

    private static final String FILE = "vertx.hazelcast.config";

    private ClusterConfiguration() {}

    /**
     * Combines the XML with the settings.
     *
     * @param readsSource whether this node could read the ruleset's source, and so lead
     */
    public static Config of(Settings settings, boolean readsSource) {
        Settings.Cluster cluster = settings.cluster();
        Config config = base();
        Secret password = cluster.password();
        config.setClusterName(
                ClusterName.of(cluster.name(), settings.node().zone(), password == null ? null : password.value()));
        config.setProperty("hazelcast.logging.type", "slf4j");
        // They would put the name of the cluster, and so the hash of the password, into each line.
        config.setProperty("hazelcast.logging.details.enabled", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.discovery.enabled", "true");
        config.getMemberAttributeConfig()
                .setAttribute(READS_SOURCE, Boolean.toString(readsSource))
                .setAttribute(EVALUATES, Boolean.toString(settings.has(Settings.Role.EVALUATOR)))
                .setAttribute(NODE, settings.node().id())
                .setAttribute(MEMBER, UUID.randomUUID().toString());
        SerializationConfig serialization = config.getSerializationConfig();
        if (serialization.getJavaSerializationFilterConfig() == null) {
            serialization.setJavaSerializationFilterConfig(exchangedClasses());
        }
        network(config.getNetworkConfig(), cluster);
        return config;
    }

    /**
     * What members send each other by Java serialization: failures of operations. All else has a serializer of Hazelcast's
     * or of Vert.x'. No collection that hashes or compares its elements is among them.
     */
    private static JavaSerializationFilterConfig exchangedClasses() {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPackages(EXCEPTION_PACKAGES)
                .addClasses(
                        "[Ljava.lang.StackTraceElement;",
                        "java.net.ConnectException",
                        "java.net.SocketException",
                        "java.net.SocketTimeoutException",
                        "java.net.UnknownHostException",
                        "java.util.ArrayList",
                        "java.util.Collections$EmptyList",
                        "java.util.Collections$UnmodifiableCollection",
                        "java.util.Collections$UnmodifiableList",
                        "java.util.Collections$UnmodifiableRandomAccessList",
                        "java.util.ConcurrentModificationException",
                        "java.util.NoSuchElementException",
                        "java.util.concurrent.CancellationException",
                        "java.util.concurrent.CompletionException",
                        "java.util.concurrent.ExecutionException",
                        "java.util.concurrent.RejectedExecutionException",
                        "java.util.concurrent.TimeoutException");
        return filter;
    }

    private static Config base() {
        String file = System.getProperty(FILE);
        try (InputStream xml = file == null ? packed() : Files.newInputStream(Path.of(file))) {
            XmlConfigBuilder builder = new XmlConfigBuilder(xml);
            if (file == null) {
                builder.setProperties(unchecked());
            }
            return builder.build();
        } catch (IOException | InvalidConfigurationException e) {
            throw new IllegalArgumentException(FILE + "=" + file + " is no configuration of Hazelcast: " + e, e);
        }
    }

    static InputStream packed() {
        return Objects.requireNonNull(ClusterConfiguration.class.getResourceAsStream("/cluster.xml"));
    }

    /** A test checks the packed file against its schema, for that takes a fifth of a start. */
    private static Properties unchecked() {
        Properties properties = new Properties();
        properties.setProperty("hazelcast.config.schema.validation.enabled", "false");
        return properties;
    }

    private static void network(NetworkConfig network, Settings.Cluster cluster) {
        network.setPort(cluster.port()).setPortAutoIncrement(false);
        String address = address(cluster);
        network.getInterfaces().setEnabled(true).addInterface(address);
        network.setPublicAddress(address + ":" + cluster.port());
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        if (cluster.kubernetesService() != null) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", cluster.kubernetesService())
                    .setProperty("service-port", Integer.toString(cluster.port()));
        } else {
            ListedMembers members = new ListedMembers(cluster.members(), cluster.port());
            join.getTcpIpConfig().setEnabled(false);
            join.getDiscoveryConfig().setDiscoveryServiceProvider(unused -> members);
        }
    }

    /** The address of this node, looked up if the settings have a name. */
    static String address(Settings.Cluster cluster) {
        try {
            return InetAddress.getByName(cluster.host()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("cluster.host: " + cluster.host() + " has no address", e);
        }
    }
}
