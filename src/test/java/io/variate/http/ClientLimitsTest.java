package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that clients can make a node hold: small versions of attacks on a node with small limits. */
@Timeout(120)
@Tag("slow")
class ClientLimitsTest {
    private static final String KEY = "server-key";
    private static final String REQUEST = "GET /v1/vardata?user_id=u&flag_key=flag-0 HTTP/1.1\r\nHost: localhost\r\n"
            + "Authorization: Api-Key " + KEY + "\r\n\r\n";
    private static final String REQUEST_ALL =
            "GET /v1/vardata?user_id=u HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY + "\r\n\r\n";
    private static final byte HEADERS = 1;
    private static final byte RST_STREAM = 3;
    private static final byte SETTINGS = 4;
    private static final byte END_HEADERS = 4;
    private static final byte REFUSED_STREAM = 7;
    private static final byte CANCEL = 8;
    private static final int MEBIBYTE = 1 << 20;
    private static final int CONNECTIONS = 64;
    private static final int STREAMS = 8;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                ruleset(),
                Map.ofEntries(
                        Map.entry("VARIATE_LIMITS_MEMORY", "" + 4 * MEBIBYTE),
                        Map.entry("VARIATE_LIMITS_UNPROVEN_MEMORY", "" + MEBIBYTE),
                        Map.entry("VARIATE_LIMITS_CONNECTIONS", "" + CONNECTIONS),
                        Map.entry("VARIATE_LIMITS_ADMIN_CONNECTIONS", "16"),
                        Map.entry("VARIATE_LIMITS_STREAMS", "" + STREAMS),
                        Map.entry("VARIATE_LIMITS_HEAD_TIMEOUT", "2s"),
                        Map.entry("VARIATE_LIMITS_TRANSFER_GRACE", "2s"),
                        Map.entry("VARIATE_EVENTS_MAX_BATCH_SIZE", "" + MEBIBYTE)));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        Await.value("the account is empty again", Duration.ofSeconds(30), () -> used(), seen -> seen == 0);
    }

    /** Flags of one megabyte in total. */
    private static String ruleset() {
        StringBuilder flags = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            flags.append(i == 0 ? "" : ",")
                    .append("{\"key\":\"flag-")
                    .append(i)
                    .append(
                            "\",\"segments\":[{\"variant\":\"on\"}],\"variants\":{\"on\":{\"key\":\"on\",\"payload\":\"")
                    .append("x".repeat(10_000))
                    .append("\"}}}");
        }
        return "{\"deployments\":[{\"key\":\"" + KEY
                + "\",\"label\":\"limits\",\"type\":\"server\",\"flags\":[\"*\"]}],\"flags\":[" + flags + "]}";
    }

    private static double used() {
        return node.metric("variate_client_memory_used_bytes", "account=\"clients\"");
    }

    private static double disconnects(String port, String cause) {
        return node.metric("variate_connections_cut_total", "cause=\"" + cause + "\",port=\"" + port + "\"");
    }

    private RawConnection connection() throws IOException {
        RawConnection connection = RawConnection.to(node.httpPort());
        open.add(connection);
        return connection;
    }

    private static void assertHonestClientsAreServed() {
        HttpResponse<String> answer =
                node.get("/v1/vardata?user_id=u&flag_key=flag-0", "Authorization", "Api-Key " + KEY);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(node.admin("GET", "/health/ready", "").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P", "PRI * HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r"})
    void closesAnUnfinishedHttp2PrefaceWhenTheClientStopsSending(String start) throws IOException {
        double before = disconnects("http", "head-timeout");
        RawConnection half = connection();
        half.send(start);
        half.finishSending();

        assertThat(half.isCutOff()).isTrue();
        assertThat(disconnects("http", "head-timeout")).isEqualTo(before);
    }

    @Test
    void aTrickleDoesNotExtendTheDeadlineOfAHead() throws IOException {
        RawConnection slow = connection();
        slow.send("GET / HTTP/1.1\r\n");
        double before = disconnects("http", "head-timeout");

        Await.until("the trickling client is disconnected", Duration.ofSeconds(30), () -> {
            try {
                slow.send("X-A: 1\r\n");
                return disconnects("http", "head-timeout") > before;
            } catch (IOException e) {
                return true;
            }
        });
    }

    @Test
    void unfinishedHeadsStayWithinTheMemoryAccount() throws IOException {
        String head = "GET /v1/vardata?user_id=" + "a".repeat(60_000) + " HTTP/1.1\r\nHost: a\r\nX-A: ";
        for (int i = 0; i < CONNECTIONS; i++) {
            trySend(connection(), head);
        }

        assertThat(used()).isLessThanOrEqualTo(4.0 * MEBIBYTE);
        assertHonestClientsAreServed();
    }

    @Test
    void countsTheFieldsOfAnUnfinishedHeadInAdditionToItsBytes() throws IOException {
        connection().send("GET /v1/vardata HTTP/1.1\r\nHost: a\r\n" + "a: longer\r\n".repeat(490));

        Await.value("the fields are counted", Duration.ofSeconds(10), () -> used(), seen -> seen > 64_000);
    }

    @Test
    void unfinishedBodiesWithAKeyStayWithinTheMemoryAccount() throws IOException {
        String start = "POST /v1/vardata HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY
                + "\r\nContent-Length: 1000000\r\n\r\n" + " ".repeat(900_000);
        for (int i = 0; i < CONNECTIONS / 2; i++) {
            trySend(connection(), start);
        }

        assertThat(used()).isLessThanOrEqualTo(4.0 * MEBIBYTE);
        assertHonestClientsAreServed();
    }

    @Test
    void aServedConnectionHasAReserveThatNewConnectionsCannotTake() throws IOException {
        RawConnection served = connection();
        String start = "POST /v1/vardata?flag_key=flag-0 HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY
                + "\r\nContent-Length: ";
        served.send(start + "2\r\n\r\n{}");
        assertThat(served.read().status()).isEqualTo(200);

        for (int i = 0; i < CONNECTIONS / 2; i++) {
            trySend(connection(), start + "1000000\r\n\r\n" + " ".repeat(900_000));
        }
        served.send(start + "25000\r\n\r\n{" + " ".repeat(24_998) + "}");

        assertThat(served.read().status()).isEqualTo(200);
        assertThat(used()).isLessThanOrEqualTo(4.0 * MEBIBYTE);
    }

    @Test
    void batchesWithoutAKeyDoNotStarveBatchesWithOne() throws IOException {
        for (int i = 0; i < CONNECTIONS / 2; i++) {
            trySend(
                    connection(),
                    "POST /batch HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{\"events\":["
                            + " ".repeat(900_000));
        }
        String batch = "{\"api_key\":\"" + KEY + "\",\"events\":[{\"event_type\":\"$exposure\",\"user_id\":\"u\","
                + "\"event_properties\":{\"flag_key\":\"flag-0\",\"variant\":\"on\",\"more\":\"" + "x".repeat(100_000)
                + "\"}}]}";

        assertThat(node.metric("variate_client_memory_used_bytes", "account=\"unproven\""))
                .isLessThanOrEqualTo(MEBIBYTE);
        assertThat(node.post("/batch", batch).statusCode()).isEqualTo(200);
        assertHonestClientsAreServed();
    }

    @Test
    void rejectsAnUnknownKeyBeforeTheBodyIsComplete() throws IOException {
        RawConnection stranger = connection();
        stranger.send("POST /batch HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{\"api_key\":\"wrong\",");

        assertThat(stranger.read().status()).isEqualTo(400);
    }

    @Test
    void rejectsAGzipBombBeforeUnpackingIt() throws Exception {
        byte[] bomb = gzip("{\"events\":[" + " ".repeat(MEBIBYTE - 100));
        double before = used();

        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(),
                "POST /batch HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: " + bomb.length
                        + "\r\n\r\n" + new String(bomb, StandardCharsets.ISO_8859_1));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(used()).isEqualTo(before);
    }

    @Test
    void acceptsAGzipBodyWithAKey() throws Exception {
        byte[] user = gzip("{\"user_id\":\"u\"}");

        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(),
                "POST /v1/vardata?flag_key=flag-0 HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY
                        + "\r\nContent-Encoding: gzip\r\nContent-Length: " + user.length + "\r\n\r\n"
                        + new String(user, StandardCharsets.ISO_8859_1));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains("\"flag-0\"");
    }

    @Test
    void unreadAnswersStayWithinTheMemoryAccount() throws IOException {
        double before = disconnects("http", "heaviest");
        for (int i = 0; i < CONNECTIONS / 2; i++) {
            trySend(deaf(), REQUEST_ALL.repeat(20));
        }

        assertThat(used()).isLessThanOrEqualTo(4.0 * MEBIBYTE);
        assertHonestClientsAreServed();
        Await.until("the clients that hold most memory are disconnected", Duration.ofSeconds(30), () -> {
            trySend(deaf(), REQUEST_ALL);
            return disconnects("http", "heaviest") > before;
        });
    }

    @Test
    void disconnectsAClientThatReadsNothing() throws IOException {
        double before = disconnects("http", "slow-answer");
        deaf().send(REQUEST_ALL);

        Await.value(
                "it is cut off",
                Duration.ofSeconds(30),
                () -> disconnects("http", "slow-answer"),
                seen -> seen > before);
    }

    /** A client that reads nothing and has a small receive buffer. */
    private RawConnection deaf() throws IOException {
        RawConnection connection = RawConnection.withReceiveBuffer(node.httpPort(), 4096);
        open.add(connection);
        return connection;
    }

    @Test
    void doesNotReadABodyWhileWaitingForARevision() throws IOException {
        String start = "POST /v1/vardata HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key " + KEY
                + "\r\nX-Variate-Min-Revision: 1000000\r\nContent-Length: 1000000\r\n\r\n";
        RawConnection waiting = connection();
        waiting.send(start + " ".repeat(1_000_000));

        assertThat(waiting.read().status()).isEqualTo(503);
        waiting.send(REQUEST);
        assertThat(waiting.read().status()).as("the next request").isEqualTo(200);
    }

    @Test
    void aNewConnectionReplacesASilentOne() throws IOException {
        for (int i = 0; i < 3 * CONNECTIONS; i++) {
            connection();
        }

        assertThat(node.metric("variate_connections_open", "port=\"http\"")).isLessThanOrEqualTo(CONNECTIONS);
        assertHonestClientsAreServed();
    }

    @Test
    void silentConnectionsDoNotBlockTheAdminPort() throws IOException {
        for (int i = 0; i < 100; i++) {
            open.add(RawConnection.to(node.adminPort()));
        }

        assertThat(node.admin("GET", "/health/ready", "").statusCode()).isEqualTo(200);
        assertThat(node.metric("variate_connections_open", "port=\"admin\"")).isLessThanOrEqualTo(16);
    }

    @Test
    void answersAPipelinedRequestAfterASlowRead() throws IOException {
        RawConnection pipelining = connection();
        String padded = REQUEST.replace("\r\n\r\n", "\r\nX-Padding: " + "p".repeat(3_000) + "\r\n\r\n");
        pipelining.send(padded.repeat(10));

        for (int i = 0; i < 10; i++) {
            assertThat(pipelining.read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n", "A: b\r\n\r\n", "Host: a\r\n\r\n"})
    void answersAPipelinedRequestWhoseEndArrivesLater(String end) throws IOException {
        String head = "GET /nothing HTTP/1.1\r\nHost: a\r\nX-Padding: p\r\n\r\n";
        String whole = end.startsWith("Host") ? "GET /nothing HTTP/1.1\r\n" : "GET /nothing HTTP/1.1\r\nHost: a\r\n";
        String start = end.equals("\n") ? whole + "\r" : whole;
        RawConnection pipelining = connection();
        pipelining.send(head + start);
        assertThat(pipelining.read().status()).isEqualTo(404);

        pipelining.send(end);

        assertThat(pipelining.read().status()).isEqualTo(404);
    }

    @Test
    void rejectsAnHttp2BodyThatArrivesTooSlowly() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
            out.write(unfinishedPost(1));
            out.flush();

            assertThat(nextReset(new DataInputStream(socket.getInputStream()))).isEqualTo(CANCEL);
        }
        assertHonestClientsAreServed();
    }

    @Test
    void limitsTheStreamsOfAClientThatNeverAcknowledgesSettings() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
            for (int i = 0; i < 3 * STREAMS; i++) {
                out.write(unfinishedPost(2 * i + 1));
            }
            out.flush();

            assertThat(refusedStreams(new DataInputStream(socket.getInputStream()), 2 * STREAMS))
                    .isEqualTo(2 * STREAMS);
        }
        assertHonestClientsAreServed();
    }

    /** {@code POST /} by indexes of the static table, without END_STREAM. */
    private static byte[] unfinishedPost(int stream) {
        byte[] head = {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 1, 'a'};
        byte[] frame = {0, 0, (byte) head.length, HEADERS, END_HEADERS, 0, 0, 0, (byte) stream};
        byte[] whole = Arrays.copyOf(frame, frame.length + head.length);
        System.arraycopy(head, 0, whole, frame.length, head.length);
        return whole;
    }

    private static int refusedStreams(DataInputStream in, int wanted) throws IOException {
        int refused = 0;
        while (refused < wanted && nextReset(in) == REFUSED_STREAM) {
            refused++;
        }
        return refused;
    }

    /** The error code of the next stream that the node resets. */
    private static int nextReset(DataInputStream in) throws IOException {
        while (true) {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            in.readUnsignedByte();
            in.readInt();
            byte[] payload = in.readNBytes(length);
            if (type == RST_STREAM) {
                return payload[3];
            }
        }
    }

    private static void trySend(RawConnection connection, String text) {
        try {
            connection.send(text);
        } catch (IOException e) {
            // The node may reject the body before it was sent completely.
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        return bytes.toByteArray();
    }
}
