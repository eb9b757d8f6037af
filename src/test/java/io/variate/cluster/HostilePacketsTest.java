package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.internal.nio.Packet;
import io.variate.bus.ClusterName;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Attacks the Hazelcast port of a node. After each attack, another node must be able to join and serve the shared ruleset. */
@Timeout(120)
@Tag("slow")
class HostilePacketsTest {
    private static final String PASSWORD = "a-password-of-the-test";
    private static final List<Integer> PORTS = FreePorts.some(2);
    private static final int MAX_UNAUTHENTICATED = 16;
    private static final byte[] PROTOCOL = "HZC".getBytes(StandardCharsets.US_ASCII);
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "s", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "flag", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    private final List<Socket> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, settings(0));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void closeSockets() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    static Set<String> operations() {
        return HostilePackets.operations().keySet();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void deserializesNoOperationOfAnUnauthenticatedPeer(String kind) throws IOException {
        byte[] packet = HostilePackets.operation(
                Objects.requireNonNull(HostilePackets.operations().get(kind)));
        double before = rejected();
        for (int i = 0; i < 4; i++) {
            write(afterHandshake(), packet);
        }
        Await.value("the node has rejected four more connections", () -> rejected(), seen -> seen >= before + 4);
        anotherNodeJoinsAndServes();
    }

    static Stream<Arguments> headers() {
        byte[] bomb = Objects.requireNonNull(HostilePackets.operations().get("a set whose hash needs 2^100 steps"));
        byte[] huge = HostilePackets.operation(bomb);
        ByteBuffer.wrap(huge).putInt(7, Integer.MAX_VALUE);
        byte[] negative = HostilePackets.operation(bomb);
        ByteBuffer.wrap(negative).putInt(7, -1);
        return Stream.of(
                Arguments.of("an announced size of two gigabytes", huge),
                Arguments.of("a negative size", negative),
                Arguments.of(
                        "a hash bomb instead of a handshake",
                        HostilePackets.packet(Packet.Type.SERVER_CONTROL, 0, bomb)),
                Arguments.of("the address of another host", HostilePackets.handshake(UUID.randomUUID(), "10.1.2.3")),
                Arguments.of(
                        "an operation before a handshake",
                        HostilePackets.operation(HostilePackets.joinPayload("variate@us", null))),
                Arguments.of(
                        "a request to the Hazelcast REST interface",
                        "GET /hazelcast/rest/cluster HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void closesConnectionsWithoutAValidHandshake(String kind, byte[] bytes) throws IOException {
        for (int i = 0; i < 4; i++) {
            Socket socket = connect();
            write(socket, PROTOCOL);
            write(socket, bytes);
            assertThat(isClosed(socket)).isTrue();
        }
        anotherNodeJoinsAndServes();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void dropsEventsAndResponsesOfAnUnauthenticatedPeer(Packet.Type type) throws IOException {
        byte[] bomb = Objects.requireNonNull(HostilePackets.operations().get("a set whose hash needs 2^100 steps"));
        Socket socket = afterHandshake();
        for (int i = 0; i < 40; i++) {
            write(socket, HostilePackets.packet(type, Packet.FLAG_OP_RESPONSE, bomb));
        }
        assertThat(isClosed(socket)).isTrue();
        anotherNodeJoinsAndServes();
    }

    static Stream<Packet.Type> kinds() {
        return Stream.of(Packet.Type.OPERATION, Packet.Type.EVENT, Packet.Type.JET);
    }

    @Test
    void deserializesNoArbitraryObjectOfAPeerThatKnowsThePassword() throws IOException {
        byte[] request = HostilePackets.joinRequest(
                ClusterName.of("variate", "us", PASSWORD), new HostilePackets.Bomb(HostilePackets.hashBomb()));
        for (int i = 0; i < 4; i++) {
            write(afterHandshake(), request);
        }
        anotherNodeJoinsAndServes();
    }

    @Test
    void rejectsTheHazelcastClientProtocol() throws IOException {
        Socket client = connect();
        write(client, "CP2".getBytes(StandardCharsets.US_ASCII));
        write(client, new byte[4_000]);
        assertThat(isClosed(client)).isTrue();
        anotherNodeJoinsAndServes();
    }

    @Test
    void aNodeJoinsWhileUnauthenticatedPeersHoldConnections() throws IOException {
        for (int i = 0; i < 20 * MAX_UNAUTHENTICATED; i++) {
            Socket socket = connect();
            if (i % 2 == 0) {
                write(socket, PROTOCOL);
            }
        }
        anotherNodeJoinsAndServes();
        int left = 0;
        for (Socket socket : open) {
            left += isClosed(socket) ? 0 : 1;
        }
        assertThat(left).as("connections open after the authentication timeout").isZero();
        assertThat(node.metric("variate_cluster_refused_joins_total", "reason=\"unidentified\""))
                .isGreaterThanOrEqualTo(19 * MAX_UNAUTHENTICATED);
    }

    private static double rejected() {
        return node.metric("variate_cluster_refused_joins_total");
    }

    private static void anotherNodeJoinsAndServes() {
        RunningNode another = RunningNode.start(settings(1));
        try {
            Await.until("the joining node serves the ruleset", () -> serves(another));
            assertThat(serves(node)).isTrue();
        } finally {
            another.close();
        }
    }

    private static boolean serves(RunningNode node) {
        return node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server-key")
                .body()
                .contains("\"flag\"");
    }

    private static Map<String, String> settings(int index) {
        Map<String, String> settings = new HashMap<>();
        settings.put("VARIATE_NODE_ID", "node-" + index);
        settings.put("VARIATE_CLUSTER_ENABLED", "true");
        settings.put("VARIATE_CLUSTER_PORT", Integer.toString(PORTS.get(index)));
        settings.put("VARIATE_CLUSTER_MEMBERS", "127.0.0.1:" + PORTS.get(0));
        settings.put("VARIATE_CLUSTER_PASSWORD", PASSWORD);
        settings.put("VARIATE_CLUSTER_MAX_STRANGERS", Integer.toString(MAX_UNAUTHENTICATED));
        settings.put("VARIATE_CLUSTER_STRANGER_TIMEOUT", "2s");
        return settings;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORTS.get(0));
        socket.setSoTimeout(10_000);
        open.add(socket);
        return socket;
    }

    /** A connection after a valid handshake. */
    private Socket afterHandshake() throws IOException {
        Socket socket = connect();
        write(socket, PROTOCOL);
        write(socket, HostilePackets.handshake(UUID.randomUUID(), "127.0.0.1"));
        return socket;
    }

    /** The node may have closed it already. */
    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static boolean isClosed(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {
                // The handshake of the node.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
