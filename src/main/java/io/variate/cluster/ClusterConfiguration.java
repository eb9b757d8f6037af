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
 * The Hazelcast configuration of a node: {@code cluster/cluster.xml}, completed by the settings.
 *
 * <p>The jar contains the XML; {@code -Dvertx.hazelcast.config=FILE} replaces it.
 */
public final class ClusterConfiguration {
    /** Member attribute: whether the node has a ruleset source. */
    static final String READS_SOURCE = "variate.reads-source";

    /** Member attribute: whether the node has a ledger. Named for the evaluator role, as in the previous release. */
    static final String HAS_LEDGER = "variate.evaluates";

    /** Member attribute: {@code node.id}. */
    static final String NODE = "variate.node";

    /** Member attribute: whether the node exchanges rulesets as rows; nodes of earlier versions have no such attribute. */
    static final String EXCHANGES_ROWS = "variate.exchanges-rows";

    /** Member attribute: unique to this run of the node. Unlike Hazelcast's own id, it survives the healing of a split. */
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
     * @param readsSource whether this node has a ruleset source, and so can lead
     */
    public static Config of(Settings settings, boolean readsSource) {
        Settings.Cluster cluster = settings.cluster();
        Config config = base();
        Secret password = cluster.password();
        config.setClusterName(
                ClusterName.of(cluster.name(), settings.node().zone(), password == null ? null : password.value()));
        config.setProperty("hazelcast.logging.type", "slf4j");
        // Otherwise each log line would contain the cluster name, and with it the hash of the password.
        config.setProperty("hazelcast.logging.details.enabled", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.discovery.enabled", "true");
        config.getMemberAttributeConfig()
                .setAttribute(READS_SOURCE, Boolean.toString(readsSource))
                .setAttribute(
                        HAS_LEDGER,
                        Boolean.toString(settings.has(Settings.Role.EVALUATOR) || settings.forwardsFromKafka()))
                .setAttribute(EXCHANGES_ROWS, "true")
                .setAttribute(NODE, settings.node().id())
                .setAttribute(MEMBER, UUID.randomUUID().toString());
        SerializationConfig serialization = config.getSerializationConfig();
        if (serialization.getJavaSerializationFilterConfig() == null) {
            serialization.setJavaSerializationFilterConfig(serializedFailures());
        }
        network(config.getNetworkConfig(), cluster);
        return config;
    }

    /**
     * Members use Java serialization only for failures of operations; all other objects have a serializer of Hazelcast or
     * Vert.x. None of these classes is a collection that hashes or compares its elements.
     */
    private static JavaSerializationFilterConfig serializedFailures() {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPackages(EXCEPTION_PACKAGES)
                .addClasses(
                        "[Ljava.lang.StackTraceElement;",
                        "com.hazelcast.internal.partition.PartitionStateVersionMismatchException",
                        "com.hazelcast.partition.NoDataMemberInClusterException",
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
                builder.setProperties(withoutValidation());
            }
            return builder.build();
        } catch (IOException | InvalidConfigurationException e) {
            throw new IllegalArgumentException(FILE + "=" + file + " is not a valid Hazelcast configuration: " + e, e);
        }
    }

    static InputStream packed() {
        return Objects.requireNonNull(ClusterConfiguration.class.getResourceAsStream("/cluster.xml"));
    }

    /** Skips schema validation, a fifth of the start-up time; a test validates the packed file. */
    private static Properties withoutValidation() {
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

    /** The address of this node; resolves {@code cluster.host} if it is a name. */
    static String address(Settings.Cluster cluster) {
        try {
            return InetAddress.getByName(cluster.host()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("cluster.host: cannot resolve " + cluster.host(), e);
        }
    }
}
