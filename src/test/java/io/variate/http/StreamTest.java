package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /sdk/stream/v1/flags}, byte for byte, over the life of a stream. */
@Tag("slow")
class StreamTest {
    private static final String KEEP_ALIVE = "data:  \n\n";

    /** Larger than all buffers between the server and a client that reads nothing. */
    private static final int LARGE = 12_000_000;

    private @Nullable RunningNode node;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Content-Type: application/json;charset=utf-8\r\n",
                "Accept: text/event-stream\r\nCache-Control: no-cache\r\n",
                "Accept: text/event-stream\r\nAccept-Encoding: gzip\r\nX-Amp-Exp-Library: experiment-jvm-server/1.8.2\r\n",
                "Accept-Encoding: gzip, deflate, br\r\n"
            })
    void sendsTheCompleteSetFirst(String headers) throws Exception {
        RunningNode served = serving(document(1, "white"));

        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            RawConnection.Answer head = open(stream, "server-a", headers);

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).containsExactly("text/event-stream");
            assertThat(head.header("cache-control")).containsExactly("no-cache");
            assertThat(head.header("x-accel-buffering")).containsExactly("no");
            assertThat(head.header("transfer-encoding")).containsExactly("chunked");
            assertThat(head.header("content-encoding")).isEmpty();
            assertThat(stream.readChunk()).isEqualTo(event("white"));
        }
    }

    @Test
    void sendsAnEmptySet() throws Exception {
        RunningNode served = serving(document(1, "white"));

        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            open(stream, "server-none", "");

            assertThat(stream.readChunk()).isEqualTo("data: []\n\n");
        }
    }

    @Test
    void ignoresOtherParameters() throws Exception {
        RunningNode served = serving(document(1, "white"));

        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            stream.send("""
                    GET //sdk/stream/v1/flags?eval_mode=remote&delivery_method=web&v=0 HTTP/1.1\r
                    Host: test\r
                    Authorization: api-key server-a\r
                    \r
                    """);

            assertThat(stream.read().status()).isEqualTo(200);
            assertThat(stream.readChunk()).isEqualTo(event("white"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "server-stubs, ''",
        "server-stubs, ?eval_mode=local",
        "server-stubs, ?v=0",
        "client-stubs, ''",
        "client-stubs, ?eval_mode=remote",
    })
    void streamsStubsOfRemoteFlags(String key, String query) throws Exception {
        RunningNode served = serving(rules(1, "secret-1"));

        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            assertThat(firstEvent(stream, key, query)).contains("remote").doesNotContain("secret-");
        }
    }

    @ParameterizedTest
    @CsvSource({"server-stubs, ?eval_mode=remote", "server-rules, ''", "server-rules, ?v=0"})
    void streamsRemoteRulesToServerKeysOnRequestOrBySetting(String key, String query) throws Exception {
        RunningNode served = serving(rules(1, "secret-1"));

        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            assertThat(firstEvent(stream, key, query)).contains("secret-1");
            served.rewrite(rules(2, "secret-2"));
            assertThat(stream.readChunk()).contains("secret-2");
        }
    }

    private static String firstEvent(RawConnection stream, String key, String query) throws Exception {
        stream.send("GET /sdk/stream/v1/flags" + query + " HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key " + key
                + "\r\n\r\n");
        assertThat(stream.read().status()).isEqualTo(200);
        return stream.readChunk();
    }

    private static String rules(long revision, String secret) {
        return """
                {"revision": %d, "deployments": [
                  {"key": "server-stubs", "label": "a", "type": "server", "flags": ["*"]},
                  {"key": "server-rules", "label": "b", "type": "server", "flags": ["*"], "remoteRules": true},
                  {"key": "client-stubs", "label": "c", "type": "client", "flags": ["*"]}],
                 "flags": [
                  {"key": "remote", "metadata": {"evaluationMode": "remote"}, "variants": {"on": {"key": "on"}}, "segments": [
                   {"variant": "on",
                    "conditions": [[{"selector": ["context", "user", "city"], "op": "is", "values": ["%s"]}]]}]}]}
                """.formatted(revision, secret);
    }

    @Test
    void sendsTheCompleteSetAfterAChange() throws Exception {
        RunningNode served = serving(document(1, "white"));
        try (RawConnection stream = opened(served, "server-a")) {
            for (String colour : List.of("red", "green")) {
                served.rewrite(document(2, colour));

                assertThat(stream.readChunk()).isEqualTo(event(colour));
            }
        }
    }

    @Test
    void sendsNothingWhenOnlyTheRevisionOrOtherDeploymentsChange() throws Exception {
        RunningNode served = serving(document(1, "white"));
        try (RawConnection stream = opened(served, "server-a");
                RawConnection other = opened(served, "server-b")) {
            served.rewrite(document(2, "white"));
            Await.value(
                    "the node serves revision 2", () -> served.metric("variate_ruleset_revision"), seen -> seen == 2);
            served.rewrite(document(3, "red"));

            assertThat(stream.readChunk()).contains("red");
            served.rewrite(document(4, "red", "size-b"));
            assertThat(other.readChunk()).as("the second set").contains("size-b");
            served.rewrite(document(5, "green", "size-b"));
            assertThat(stream.readChunk()).as("the set after red").contains("green");
        }
    }

    @Test
    void endsWhenTheDeploymentIsRemoved() throws Exception {
        RunningNode served = serving(document(1, "white"));
        try (RawConnection stream = opened(served, "server-a")) {
            served.rewrite(document(2, "white").replace("server-a", "server-c"));

            assertThat(stream.readChunk()).as("the last chunk").isEmpty();
            assertThat(open(stream, "server-a", "").status()).isEqualTo(401);
        }
    }

    @Test
    void endsWhenTheDeploymentMovesToAnotherZone() throws Exception {
        RunningNode served = serving(document(1, "white"));
        try (RawConnection stream = opened(served, "server-a")) {
            served.rewrite(document(2, "white").replace("\"us\"", "\"eu\""));

            assertThat(stream.readChunk()).as("the last chunk").isEmpty();
            assertThat(open(stream, "server-a", "").status()).isEqualTo(401);
        }
    }

    @Test
    void sendsKeepAlives() throws Exception {
        RunningNode served = serving(document(1, "white"), "VARIATE_STREAMS_KEEP_ALIVE", "200ms");
        try (RawConnection stream = opened(served, "server-a")) {
            assertThat(stream.readChunk()).isEqualTo(KEEP_ALIVE);
            assertThat(stream.readChunk()).isEqualTo(KEEP_ALIVE);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void spreadsKeepAlivesOfStreamsOpenedTogether() throws Exception {
        RunningNode served = serving(document(1, "white"), "VARIATE_STREAMS_KEEP_ALIVE", "3s");
        List<RawConnection> streams = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            streams.add(opened(served, "server-a"));
        }
        Set<Long> moments = new HashSet<>();
        List<CompletableFuture<Long>> signs = streams.stream()
                .map(stream -> CompletableFuture.supplyAsync(
                        () -> {
                            assertThat(chunk(stream)).isEqualTo(KEEP_ALIVE);
                            return System.nanoTime() / 100_000_000;
                        },
                        work -> new Thread(work).start()))
                .toList();
        for (CompletableFuture<Long> sign : signs) {
            moments.add(sign.get(10, TimeUnit.SECONDS));
        }
        assertThat(moments).as("tenths of a second with a keep-alive").hasSizeGreaterThan(4);
        for (RawConnection stream : streams) {
            stream.close();
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void doesNotTimeOutAsIdle() throws Exception {
        RunningNode served =
                serving(document(1, "white"), "VARIATE_STREAMS_KEEP_ALIVE", "250ms", "VARIATE_HTTP_IDLE_TIMEOUT", "2s");
        try (RawConnection stream = opened(served, "server-a")) {
            for (int i = 0; i < 15; i++) {
                assertThat(stream.readChunk()).isEqualTo(KEEP_ALIVE);
            }
        }
    }

    @Test
    void sendsTheNewestMissedSetToASlowReader() throws Exception {
        RunningNode served = serving(
                large("set-1"),
                "VARIATE_STREAMS_KEEP_ALIVE",
                "60s",
                "VARIATE_STREAMS_STALL_TIMEOUT",
                "120s",
                "VARIATE_LIMITS_TRANSFER_GRACE",
                "120s");
        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            open(stream, "server-a", "");
            for (int revision = 2; revision < 6; revision++) {
                served.rewrite(large("set-" + revision));
                int wanted = revision;
                Await.value(
                        "the node serves revision " + wanted,
                        () -> served.metric("variate_ruleset_revision"),
                        seen -> seen == wanted);
            }

            assertThat(nextEvent(stream))
                    .startsWith("data: [{")
                    .contains("set-1")
                    .endsWith("}]\n\n");
            assertThat(nextEvent(stream))
                    .startsWith("data: [{")
                    .contains("set-5")
                    .endsWith("}]\n\n");
            served.rewrite(large("set-6"));
            assertThat(nextEvent(stream)).contains("set-6");
        }
    }

    @Test
    void disconnectsAReaderThatReadsNothing() throws Exception {
        RunningNode served = serving(large("set-1"), "VARIATE_STREAMS_STALL_TIMEOUT", "300ms");
        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            open(stream, "server-a", "");
            Await.value(
                    "one stream is dropped", () -> served.metric("variate_streams_dropped_total"), seen -> seen == 1);

            assertThat(served.metric("variate_streams_open")).isZero();
            assertThat(stream.isCutOff()).isTrue();
        }
    }

    @Test
    void keepsASlowReader() throws Exception {
        RunningNode served = serving(large("set-1"), "VARIATE_STREAMS_STALL_TIMEOUT", "2s");
        try (RawConnection stream = RawConnection.withReceiveBuffer(served.httpPort(), 1 << 16)) {
            open(stream, "server-a", "");
            int length = 0;
            String chunk;
            do {
                chunk = stream.readChunk();
                length += chunk.length();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(4));
            } while (!chunk.endsWith("\n\n"));

            assertThat(length).isGreaterThan(LARGE);
            assertThat(served.metric("variate_streams_dropped_total")).isZero();
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void servesHttp2() throws Exception {
        RunningNode served = serving(document(1, "white"), "VARIATE_STREAMS_KEEP_ALIVE", "1s");
        try (Http2Client client = Http2Client.of(served.httpPort())) {
            BlockingQueue<String> stream = client.stream("/sdk/stream/v1/flags", "Api-Key server-a");

            assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo(event("white"));
            assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo(KEEP_ALIVE);
            served.rewrite(document(2, "red"));
            assertThat(nextSet(stream)).isEqualTo(event("red"));
            served.rewrite(document(3, "red").replace("server-a", "server-c"));
            assertThat(nextSet(stream)).isEqualTo("end");
        }
        assertThat(served.metric("variate_streams_open")).isZero();
    }

    private static String nextSet(BlockingQueue<String> stream) throws InterruptedException {
        String part = KEEP_ALIVE;
        while (KEEP_ALIVE.equals(part)) {
            part = stream.poll(10, TimeUnit.SECONDS);
        }
        return String.valueOf(part);
    }

    @Test
    void disconnectsAnHttp2ReaderThatReadsNothing() throws Exception {
        RunningNode served = serving(large("set-1"), "VARIATE_STREAMS_STALL_TIMEOUT", "300ms");
        try (Http2Client client = Http2Client.of(served.httpPort())) {
            client.requestWithoutReading("/sdk/stream/v1/flags", "Api-Key server-a");

            Await.value(
                    "one stream is dropped", () -> served.metric("variate_streams_dropped_total"), seen -> seen == 1);
            assertThat(served.metric("variate_streams_open")).isZero();
        }
    }

    @Test
    void limitsOpenStreams() throws Exception {
        RunningNode served = serving(document(1, "white"), "VARIATE_STREAMS_MAX_OPEN", "2");
        try (RawConnection first = opened(served, "server-a");
                RawConnection third = RawConnection.to(served.httpPort())) {
            try (RawConnection second = opened(served, "server-b")) {
                RawConnection.Answer refusal = open(third, "server-a", "");

                assertThat(refusal.status()).isEqualTo(503);
                assertThat(refusal.header("retry-after")).hasSize(1);
                assertThat(refusal.error().getString("code")).isEqualTo("too_many_streams");
                assertThat(second.readsNothingFor(10)).isTrue();
            }

            Await.value("1 streams are open", () -> served.metric("variate_streams_open"), seen -> seen == 1);
            assertThat(open(third, "server-a", "").status()).isEqualTo(200);
            assertThat(first.readsNothingFor(10)).isTrue();
        }
    }

    @Test
    void forgetsDisconnectedClients() throws Exception {
        RunningNode served = serving(document(1, "white"));
        for (int round = 0; round < 10; round++) {
            List<RawConnection> streams = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                streams.add(opened(served, "server-a"));
            }
            assertThat(served.metric("variate_streams_open")).isGreaterThanOrEqualTo(100);
            for (RawConnection stream : streams) {
                stream.close();
            }
        }

        Await.value("0 streams are open", () -> served.metric("variate_streams_open"), seen -> seen == 0);
        assertThat(served.metric("variate_streams_opened_total")).isEqualTo(1000);
        assertThat(served.metric("variate_streams_dropped_total")).isZero();
    }

    @Test
    void rejectsStreamsWithoutARuleset() throws Exception {
        RunningNode served = RunningNode.start(Map.of());
        node = served;
        try (RawConnection stream = RawConnection.to(served.httpPort())) {
            RawConnection.Answer refusal = open(stream, "server-a", "");

            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.header("retry-after")).hasSize(1);
            assertThat(refusal.error().getString("code")).isEqualTo("not_ready");
        }
    }

    @Test
    void rejectsUnknownKeysAndOtherMethods() {
        RunningNode served = serving(document(1, "white"));

        assertThat(served.get("/sdk/stream/v1/flags").statusCode()).isEqualTo(401);
        assertThat(served.get("/sdk/stream/v1/flags", "Authorization", "Api-Key nobody")
                        .statusCode())
                .isEqualTo(401);
        assertThat(served.send(
                                "POST",
                                served.httpPort(),
                                "/sdk/stream/v1/flags",
                                "{}",
                                "Authorization",
                                "Api-Key server-a")
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void endsStreamsOneAfterTheOtherDuringShutdownAndRejectsNewOnes() throws Exception {
        RunningNode served = serving(
                document(1, "white"),
                "VARIATE_STREAMS_KEEP_ALIVE",
                "60s",
                "VARIATE_HTTP_DRAIN_TIMEOUT",
                "20s",
                "VARIATE_HTTP_INSTANCES",
                "1");
        List<RawConnection> streams = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            streams.add(opened(served, "server-a"));
        }
        try (RawConnection busy = RawConnection.to(served.httpPort());
                RawConnection late = RawConnection.to(served.httpPort())) {
            assertThat(send(busy).status()).isEqualTo(200);

            long start = System.nanoTime();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(served::close);
            node = null;
            while (send(busy).header("connection").isEmpty()) {
                Thread.onSpinWait();
            }
            RawConnection.Answer refusal = open(late, "server-a", "");
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.error().getString("code")).isEqualTo("stopping");
            for (RawConnection stream : streams) {
                assertThat(stream.readChunk()).as("the last chunk").isEmpty();
                stream.close();
            }
            assertThat(System.nanoTime() - start)
                    .as("all at once would be much faster")
                    .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
            stopped.get(20, TimeUnit.SECONDS);
        }
    }

    private static RawConnection.Answer send(RawConnection connection) throws IOException {
        connection.send("GET /v1/vardata?user_id=u HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key server-a\r\n\r\n");
        return connection.read();
    }

    private RunningNode serving(String document, String... settings) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            variables.put(settings[i], settings[i + 1]);
        }
        RunningNode started = RunningNode.serving(document, variables);
        node = started;
        return started;
    }

    /** Opens a stream and reads its first set. */
    private static RawConnection opened(RunningNode node, String key) throws IOException {
        RawConnection stream = RawConnection.to(node.httpPort());
        assertThat(open(stream, key, "").status()).isEqualTo(200);
        String first = stream.readChunk();
        while (first.equals(KEEP_ALIVE)) {
            // On a busy machine, the interval of some tests ends before the set is sent.
            first = stream.readChunk();
        }
        assertThat(first).startsWith("data: [").endsWith("]\n\n");
        return stream;
    }

    private static RawConnection.Answer open(RawConnection connection, String key, String headers) throws IOException {
        connection.send("GET /sdk/stream/v1/flags HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key " + key + "\r\n"
                + headers + "\r\n");
        return connection.read();
    }

    private static String nextEvent(RawConnection stream) throws IOException {
        StringBuilder event = new StringBuilder();
        while (event.indexOf("\n\n", Math.max(0, event.length() - 2)) < 0) {
            event.append(stream.readChunk());
        }
        return event.toString();
    }

    private static String chunk(RawConnection stream) {
        try {
            return stream.readChunk();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The set of the deployment with the colour flag. */
    private static String event(String colour) {
        return "data: " + new JsonArray().add(flag("colour", colour)).encode() + "\n\n";
    }

    private static String document(long revision, String colour) {
        return document(revision, colour, "size-a");
    }

    /** Three deployments: one with the colour flag, one with the size flag, one without flags. */
    private static String document(long revision, String colour, String size) {
        return new JsonObject()
                .put("revision", revision)
                .put(
                        "deployments",
                        JsonArray.of(
                                deployment("server-a", "colour"),
                                deployment("server-b", "size"),
                                deployment("server-none")))
                .put("flags", JsonArray.of(flag("colour", colour), flag("size", size)))
                .encode();
    }

    private static String large(String value) {
        return new JsonObject()
                .put("revision", Integer.parseInt(value.substring(4)))
                .put("deployments", JsonArray.of(deployment("server-a", "colour")))
                .put("flags", JsonArray.of(flag("colour", value + "x".repeat(LARGE))))
                .encode();
    }

    private static JsonObject deployment(String key, String... flags) {
        return new JsonObject()
                .put("key", key)
                .put("label", key)
                .put("type", "server")
                .put("zone", "us")
                .put("flags", new JsonArray(List.of((Object[]) flags)))
                .put("remoteRules", true);
    }

    private static JsonObject flag(String key, String value) {
        return new JsonObject()
                .put("key", key)
                .put("segments", JsonArray.of(new JsonObject().put("variant", "on")))
                .put(
                        "variants",
                        new JsonObject()
                                .put("on", new JsonObject().put("key", "on").put("value", value)));
    }
}
