package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.ShippedBalancer;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The load balancer as it is shipped takes what a node takes, and reports nodes that fail in the shape of their errors. */
@Timeout(180)
class LoadBalancerIT {
    private static final String KEY = "balanced-key";
    private static final String RULESET = """
            {"deployments": [{"key": "balanced-key", "label": "shop", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "flag", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}""";

    private static final int UNFINISHED = 1_000;
    private static final long MOST_MEMORY = 700L << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private static ShippedBalancer balancer;

    @BeforeAll
    static void start() throws IOException {
        Path ruleset = Files.writeString(directory.resolve("ruleset.json"), RULESET);
        node = JarNode.start(NodeSettings.of(directory, "one").set("rulesets.file", ruleset));
        node.awaitReady();
        balancer = ShippedBalancer.before(directory, node);
        Await.value(
                "the balancer has found the node",
                JarNode.START,
                () -> get("/v1/vardata?user_id=u", "").status(),
                seen -> seen == 200);
    }

    @AfterAll
    static void stop() {
        balancer.close();
        node.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {15_000, 40_000, 60_000, 65_000})
    void takesLongUrls(int length) {
        String context = JarNode.encode(user(length));
        assertThat(get("/v1/vardata?user_id=u&context=" + context, "").status()).isEqualTo(200);

        String flags = "flag,".repeat(length / 5);
        assertThat(get("/sdk/v2/vardata?user_id=u&flag_keys=" + flags + "flag", "")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {15_000, 30_000, 50_000})
    void takesUsersInHeaders(int length) {
        String user = Base64.getUrlEncoder().encodeToString(user(length).getBytes(StandardCharsets.UTF_8));

        assertThat(get("/sdk/v2/vardata", "X-Amp-Exp-User: " + user + "\r\n").status())
                .isEqualTo(200);
    }

    @Test
    void takesALongUrlAndLongHeadersTogether() {
        String url = "/v1/vardata?user_id=u&context=" + JarNode.encode(user(64_000));

        assertThat(get(url, "X-Padding: " + "x".repeat(78_000) + "\r\n").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 900})
    void takesManyHeaders(int count) {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < count; i++) {
            headers.append("X-Header-").append(i).append(": value\r\n");
        }

        assertThat(get("/v1/vardata?user_id=u", headers.toString()).status()).isEqualTo(200);
    }

    @Test
    void takesLargeBodies() {
        String body = """
                        {"user_id":"u","context":%s}""".formatted(user(1_000_000));

        assertThat(exchange("POST /v1/vardata HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key " + KEY
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void passesOnTheErrorOfTheNode() {
        Answer url = get("/v1/vardata?user_id=u&context=" + "x".repeat(70_000), "");
        assertThat(url.status()).isEqualTo(414);
        assertThat(url.error().getString("code")).isEqualTo("url_too_long");

        Answer headers = get("/v1/vardata?user_id=u", "X-Padding: " + "x".repeat(90_000) + "\r\n");
        assertThat(headers.status()).isEqualTo(431);
        assertThat(headers.error().getString("code")).isEqualTo("headers_too_large");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n",
                "GARBAGE\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            })
    void rejectsWhatIsNotHttp(String request) {
        assertThat(exchange(request).status()).isEqualTo(400);
    }

    @Test
    void anIncompleteHeadTimesOut() throws IOException {
        UnaryOperator<String> sooner = shipped -> shipped.replace("http-request 10s", "http-request 500ms");
        try (ShippedBalancer quick = ShippedBalancer.start(directory, node.httpPort(), node.adminPort(), sooner);
                RawConnection connection = RawConnection.to(quick.port())) {
            connection.send("GET / HTTP/1.1\r\nHost: a\r\n");

            assertThat(connection.read().status()).isEqualTo(408);
        }
    }

    @Test
    void returnsAnErrorWhenTheNodeClosesWithoutAResponse() throws IOException {
        try (ServerSocket closing = listening();
                ShippedBalancer unchecked = ShippedBalancer.start(
                        directory, closing.getLocalPort(), 1, own -> own.replaceAll(" check port \\d+", ""))) {
            Thread closer = new Thread(() -> closeAll(closing), "closes-connections");
            closer.start();

            Answer answer = RawConnection.exchange(unchecked.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            // Depends on whether the last of its retries still got a connection.
            assertThat(answer.status()).isIn(502, 503);
            isOwnError(answer, answer.status(), answer.status() == 502 ? "bad_gateway" : "no_node");
        }
    }

    @Test
    void returnsAnErrorWhenTheNodeDoesNotRespond() throws IOException {
        try (ServerSocket silent = listening();
                ShippedBalancer unchecked = ShippedBalancer.start(
                        directory, silent.getLocalPort(), 1, own -> own.replaceAll(" check port \\d+", "")
                                .replace("timeout server 60s", "timeout server 500ms"))) {
            Answer answer = RawConnection.exchange(unchecked.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            isOwnError(answer, 504, "gateway_timeout");
        }
    }

    private static ServerSocket listening() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** Reads a request from each connection and closes it, until the server is closed. */
    private static void closeAll(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                int read = connection.getInputStream().read(new byte[1_000]);
                assertThat(read).isPositive();
            } catch (IOException e) {
                return;
            }
        }
    }

    @Test
    void returns503WithRetryAfterWhenNoNodeIsUp() throws IOException {
        List<Integer> nobody = FreePorts.some(2);
        try (ShippedBalancer alone =
                ShippedBalancer.start(directory, nobody.get(0), nobody.get(1), UnaryOperator.identity())) {
            Answer answer = RawConnection.exchange(alone.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            isOwnError(answer, 503, "no_node");
            assertThat(answer.header("Retry-After")).containsExactly("1");
        }
    }

    @Test
    void incompleteHeadsUseBoundedMemoryAndBlockNoOtherClients() throws IOException {
        List<RawConnection> open = new ArrayList<>();
        try {
            String head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(100_000);
            for (int i = 0; i < UNFINISHED; i++) {
                RawConnection connection = RawConnection.to(balancer.port());
                open.add(connection);
                connection.send(head);
            }

            for (int i = 0; i < 50; i++) {
                assertThat(get("/v1/vardata?user_id=u" + i, "").status()).isEqualTo(200);
            }
            assertThat(balancer.residentBytes()).isLessThan(MOST_MEMORY);
        } finally {
            for (RawConnection connection : open) {
                connection.close();
            }
        }
    }

    @Test
    void rejectsRequestsOfAnAddressWithTooManyInFlight() throws IOException {
        String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        try (ServerSocket silent = listening();
                ShippedBalancer strict = ShippedBalancer.start(
                        directory, silent.getLocalPort(), 1, own -> own.replaceAll(" check port \\d+", "")
                                .replace("IN_FLIGHT_PER_ADDRESS 1000", "IN_FLIGHT_PER_ADDRESS 2"));
                RawConnection one = RawConnection.to(strict.port());
                RawConnection two = RawConnection.to(strict.port())) {
            one.send(request);
            two.send(request);
            try (Socket first = silent.accept();
                    Socket second = silent.accept()) {
                assertThat(List.of(first, second)).allMatch(Socket::isConnected);

                Answer answer = RawConnection.exchange(strict.port(), request);

                isOwnError(answer, 429, "too_many_requests");
                assertThat(answer.header("Retry-After")).containsExactly("1");
            }
        }
    }

    @Test
    void rejectsConnectionsOfAnAddressWithTooManyButNotOfOthers() throws IOException {
        List<RawConnection> open = new ArrayList<>();
        try (ShippedBalancer strict = ShippedBalancer.start(
                directory,
                node.httpPort(),
                node.adminPort(),
                own -> own.replace("CONNECTIONS_PER_ADDRESS 4000", "CONNECTIONS_PER_ADDRESS 3"))) {
            String request = "GET /v1/vardata?user_id=u HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY + "\r\n";
            Await.until("the node is balanced", JarNode.START, () -> {
                try {
                    return RawConnection.exchange(strict.port(), request + "Connection: close\r\n\r\n")
                                    .status()
                            == 200;
                } catch (IOException e) {
                    return false;
                }
            });
            for (int i = 0; i < 3; i++) {
                RawConnection connection = RawConnection.to(strict.port());
                open.add(connection);
                connection.send(request + "\r\n");
                assertThat(connection.read().status()).isEqualTo(200);
            }

            try (RawConnection fourth = RawConnection.to(strict.port())) {
                assertThat(fourth.isCutOff()).isTrue();
            }
            try (Socket other = new Socket(
                    InetAddress.getLoopbackAddress(), strict.port(), InetAddress.getByName("127.0.0.2"), 0)) {
                other.getOutputStream()
                        .write((request + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .startsWith("HTTP/1.1 ");
            }
        } finally {
            for (RawConnection connection : open) {
                connection.close();
            }
        }
    }

    private static void isOwnError(Answer answer, int status, String code) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).containsExactly("application/json; charset=utf-8");
        JsonObject error = answer.error();
        assertThat(error.getString("code")).isEqualTo(code);
        assertThat(error.getString("message")).isNotBlank();
    }

    /** A user object with a property of so many characters. */
    private static String user(int length) {
        return """
                {"user_id":"u","user_properties":{"p":"%s"}}""".formatted("x".repeat(length));
    }

    private static Answer get(String pathAndQuery, String headers) {
        return exchange("GET " + pathAndQuery + " HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key " + KEY + "\r\n"
                + headers + "\r\n");
    }

    private static Answer exchange(String request) {
        try {
            return RawConnection.exchange(balancer.port(), request);
        } catch (IOException e) {
            throw new AssertionError("the balancer gave no answer", e);
        }
    }
}
