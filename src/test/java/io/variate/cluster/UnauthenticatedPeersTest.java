package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.variate.bus.ClusterName;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** A node with a cluster password, and peers that do not belong to its cluster. */
@Tag("slow")
class UnauthenticatedPeersTest {
    private static final String PASSWORD = "a-password-of-the-test";
    private static final int HAZELCAST_PORT = FreePorts.one();
    private static final int BUS_PORT = FreePorts.one();

    /** System property that overrides the version that Hazelcast reports. */
    private static final String VERSION = "hazelcast.internal.override.version";

    private static final Warnings WARNINGS = new Warnings();

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        WARNINGS.start();
        root().addAppender(WARNINGS);
        node = RunningNode.serving(
                "{\"deployments\":[],\"flags\":[]}",
                Map.of(
                        "VARIATE_CLUSTER_ENABLED",
                        "true",
                        "VARIATE_CLUSTER_PORT",
                        Integer.toString(HAZELCAST_PORT),
                        "VARIATE_CLUSTER_BUS_PORT",
                        Integer.toString(BUS_PORT),
                        "VARIATE_CLUSTER_PASSWORD",
                        PASSWORD));
    }

    @AfterAll
    static void stop() {
        node.close();
        root().detachAppender(WARNINGS);
    }

    static List<String> namesOfOtherClusters() {
        return List.of(
                ClusterName.of("variate", "us", null),
                ClusterName.of("variate", "us", "another-password"),
                ClusterName.of("variate", "eu", PASSWORD));
    }

    @ParameterizedTest
    @MethodSource("namesOfOtherClusters")
    void rejectsAMemberWithAnotherPasswordOrZone(String name) {
        double before = rejected("other_cluster");
        HazelcastInstance other = Hazelcast.newHazelcastInstance(configuration(name));
        try {
            assertThat(other.getCluster().getMembers()).hasSize(1);
            assertThat(clusterSize()).isEqualTo(1);
            assertThat(WARNINGS.count("join request of another cluster")).isEqualTo(1);
            assertThat(rejected("other_cluster")).isGreaterThan(before);
            assertNodeResponds();
        } finally {
            other.shutdown();
        }
    }

    @Test
    void rejectsAMemberOfAnotherHazelcastVersion() {
        double before = rejected("other_version");
        Config older = configuration(ClusterName.of("variate", "us", PASSWORD));
        // One attempt only.
        older.setProperty("hazelcast.max.join.seconds", "1");
        System.setProperty(VERSION, "5.6.0");
        try {
            assertThatThrownBy(() -> Hazelcast.newHazelcastInstance(older)).isInstanceOf(IllegalStateException.class);
        } finally {
            System.clearProperty(VERSION);
        }
        assertThat(rejected("other_version")).isGreaterThan(before);
        assertNodeResponds();
    }

    @Test
    void logsNeitherThePasswordNorItsHash() {
        String name = ClusterName.of("variate", "us", PASSWORD);
        HazelcastInstance member = Hazelcast.newHazelcastInstance(configuration(name));
        assertThat(member.getCluster().getMembers()).hasSize(2);
        member.shutdown();
        String hash = name.substring(name.indexOf('#') + 1);
        assertThat(WARNINGS.texts).noneMatch(text -> text.contains(PASSWORD) || text.contains(hash));
    }

    @Test
    void rejectsGarbageOnTheHazelcastPortAndLogsItOnce() throws IOException {
        double before = rejected("unreadable");
        for (int i = 0; i < 20; i++) {
            assertThat(closes(HAZELCAST_PORT, garbage(i))).isTrue();
        }
        // The last rejection may be counted just after its connection is closed.
        Await.value(
                "the node has rejected 20 connections as unreadable",
                () -> rejected("unreadable") - before,
                seen -> seen >= 20);
        assertThat(rejected("unreadable") - before).isEqualTo(20);
        assertThat(WARNINGS.count("connectionType=NONE")).isEqualTo(1);
        assertThat(node.metric("variate_log_withheld_total")).isGreaterThanOrEqualTo(19);
        assertNodeResponds();
    }

    @Test
    void survivesGarbageOnTheEventBusPortAndLogsItOnce() throws IOException {
        byte[] negativeLength = {-1, -1, -1, -1, 0, 0, 0, 0};
        for (int i = 0; i < 20; i++) {
            send(BUS_PORT, negativeLength);
            send(BUS_PORT, garbage(i));
        }
        assertNodeResponds();
        assertThat(WARNINGS.count("Unhandled exception")).isLessThanOrEqualTo(2);
    }

    @Test
    void listensOnlyOnTheConfiguredAddress() throws IOException {
        for (int port : new int[] {HAZELCAST_PORT, BUS_PORT}) {
            send(port, new byte[0]);
            InetAddress another = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
            assertThatThrownBy(() -> new Socket(another, port).close()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void joinsNoMulticastGroup() throws IOException {
        Path groups = Path.of("/proc/self/net/igmp");
        assumeTrue(Files.exists(groups), "needs Linux");
        // 224.2.2.3, the multicast group of Hazelcast, in kernel byte order.
        assertThat(Files.readString(groups)).doesNotContain("030202E0");
    }

    @Test
    void doesNotCountAMemberThatJoins() {
        double before = node.metric("variate_cluster_refused_joins_total");
        HazelcastInstance member =
                Hazelcast.newHazelcastInstance(configuration(ClusterName.of("variate", "us", PASSWORD)));
        member.getLifecycleService().terminate();
        assertNodeResponds();
        assertThat(node.metric("variate_cluster_refused_joins_total")).isEqualTo(before);
    }

    private static double rejected(String reason) {
        return node.metric("variate_cluster_refused_joins_total", "reason=\"" + reason + "\"");
    }

    private static void assertNodeResponds() {
        assertThat(node.get("/v1/vardata").statusCode()).isEqualTo(401);
    }

    private static int clusterSize() {
        return new JsonObject(node.admin("GET", "/health/ready", "").body())
                .getJsonObject("dependencies")
                .getJsonObject("cluster")
                .getInteger("size");
    }

    private static Config configuration(String name) {
        int port = FreePorts.one();
        Config config = new Config().setClusterName(name);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.logging.details.enabled", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.getNetworkConfig().setPort(port).setPublicAddress("127.0.0.1:" + port);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + HAZELCAST_PORT);
        return config;
    }

    private static byte[] garbage(int seed) {
        byte[] bytes = new byte[3_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(bytes);
        }
    }

    /** Whether the node closes the connection. */
    private static boolean closes(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    /** Collects log lines of level WARN and above. */
    private static final class Warnings extends AppenderBase<ILoggingEvent> {
        private final List<String> texts = new CopyOnWriteArrayList<>();

        @Override
        protected void append(@Nullable ILoggingEvent event) {
            if (event != null && event.getLevel().isGreaterOrEqual(Level.WARN)) {
                texts.add(event.getFormattedMessage());
            }
        }

        long count(String part) {
            return texts.stream().filter(text -> text.contains(part)).count();
        }
    }
}
