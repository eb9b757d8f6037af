package io.variate.ofrep;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Change notifications for providers. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // reading a stream ignores interrupts
@Tag("slow")
class ChangeStreamTest {
    private static final String KEEP_ALIVE = ":\n";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static final String PREMIUM = "{\"context\": {\"targetingKey\": \"u\", \"plan\": \"premium\"}}";

    private @Nullable RunningNode node;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void answersContainTheAddressOfTheStream() {
        RunningNode served = serving(OfrepRuleset.revision(7));

        JsonObject stream =
                bulk(served, "server-key", "").getJsonArray("eventStreams").getJsonObject(0);

        assertThat(stream.fieldNames()).containsExactlyInAnyOrder("type", "endpoint");
        assertThat(stream.getString("type")).isEqualTo("sse");
        assertThat(stream.getJsonObject("endpoint").fieldNames()).containsExactly("requestUri");
        assertThat(address(served, "server-key"))
                .matches("/ofrep/v1/stream\\?channel=[A-Za-z0-9_-]{22}&since=7")
                .isEqualTo(address(served, "server-key"))
                .isNotEqualTo(address(served, "client-key"))
                .doesNotContain("server-key");
    }

    @ParameterizedTest
    @CsvSource({
        "https://flags.example/variate, https://flags.example, /variate",
        "http://[::1]:8443/a/b%20c/, http://[::1]:8443, /a/b%20c",
        "https://flags.example:444, https://flags.example:444, ''",
    })
    void theAddressIsBelowThePublicUrl(String publicUrl, String origin, String prefix) {
        RunningNode served = serving(OfrepRuleset.revision(7), "VARIATE_HTTP_PUBLIC_URL", publicUrl);

        JsonObject endpoint = bulk(served, "server-key", "")
                .getJsonArray("eventStreams")
                .getJsonObject(0)
                .getJsonObject("endpoint");

        assertThat(endpoint.getString("origin")).isEqualTo(origin);
        assertThat(endpoint.getString("requestUri")).startsWith(prefix + "/ofrep/v1/stream?channel=");
        // As providers resolve it.
        assertThat(URI.create(origin).resolve(endpoint.getString("requestUri")))
                .isEqualTo(URI.create(publicUrl.replaceFirst("/$", "")
                        + endpoint.getString("requestUri").substring(prefix.length())));
    }

    @Test
    void notifiesOfAChangeAndServesIt() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));
        try (Stream stream = opened(served, address(served, "server-key"))) {
            HttpResponse<String> before = send(served, PREMIUM, "", "");
            served.rewrite(OfrepRuleset.revision(8, "free"));

            assertThat(stream.event()).isEqualTo("""
                    id: 8
                    data: {"type":"refetchEvaluation","etag":"8"}
                    """);
            HttpResponse<String> after = send(
                    served,
                    PREMIUM,
                    "?flagConfigEtag=8",
                    before.headers().firstValue("ETag").orElse(""));
            assertThat(after.statusCode()).isEqualTo(200);
            assertThat(after.headers().firstValue("X-Variate-Revision")).hasValue("8");
            assertThat(after.body()).contains("since=8");
        }
    }

    @Test
    void answers304AfterAChangeOfOtherFlags() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));
        String body = "{\"context\": {\"plan\": \"neither\"}}";
        String tag = send(served, body, "", "").headers().firstValue("ETag").orElse("");
        try (Stream stream = opened(served, address(served, "server-key"))) {
            served.rewrite(OfrepRuleset.revision(8, "free"));
            stream.event();

            assertThat(send(served, body, "?flagConfigEtag=8", tag).statusCode())
                    .isEqualTo(304);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"&since=6", "", "&since=x", "&since=-1", "&since=99999999999999999999"})
    void notifiesAProviderOfAMissedChangeAtOnce(String since) throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));
        try (Stream stream = opened(served, channel(served) + since)) {
            assertThat(stream.event()).startsWith("id: 7\n");
        }
    }

    @Test
    void doesNotNotifyAProviderThatIsUpToDate() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));
        try (Stream byAddress = opened(served, channel(served) + "&since=7");
                Stream byHeader = opened(served, channel(served) + "&since=3", "Last-Event-ID", "7");
                Stream ahead = opened(served, channel(served) + "&since=8")) {
            served.rewrite(OfrepRuleset.revision(8));
            assertThat(byAddress.event()).startsWith("id: 8\n");
            assertThat(byHeader.event()).startsWith("id: 8\n");
            served.rewrite(OfrepRuleset.revision(9));
            assertThat(ahead.event())
                    .as("the provider knew revision 8 from another node")
                    .startsWith("id: 9\n");
        }
    }

    @Test
    void sendsKeepAlives() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7), "VARIATE_STREAMS_KEEP_ALIVE", "50ms");
        try (Stream stream = opened(served, address(served, "server-key"))) {
            assertThat(stream.block()).isEqualTo(KEEP_ALIVE);
            assertThat(stream.block()).isEqualTo(KEEP_ALIVE);
        }
    }

    @Test
    void endsWhenTheDeploymentIsRemoved() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));
        String address = address(served, "server-key");
        try (Stream stream = opened(served, address)) {
            served.rewrite(OfrepRuleset.revision(8).replace("server-key", "another-key"));

            assertThat(stream.event()).isEmpty();
            assertThat(served.get(address).statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?channel=", "?channel=unknown", "?channel=server-key", "?channel=%00"})
    void rejectsUnknownChannels(String query) {
        HttpResponse<String> answer = serving(OfrepRuleset.revision(7)).get("/ofrep/v1/stream" + query);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(answer.body()).getString("errorCode")).isEqualTo("GENERAL");
    }

    @Test
    void limitsOpenStreams() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7), "VARIATE_STREAMS_MAX_OPEN", "1");
        String address = address(served, "server-key");
        try (Stream stream = opened(served, address)) {
            HttpResponse<String> refused = served.get(address);

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(stream.lines().ready()).isFalse();
        }
        Await.until("the stream is open", () -> isOpened(served, address));
    }

    @Test
    void endsStreamsDuringShutdown() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7), "VARIATE_LIMITS_STREAMS", "200");
        List<Stream> streams = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            streams.add(opened(served, address(served, "server-key")));
        }
        node = null;
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(served::close);

        for (Stream stream : streams) {
            assertThat(stream.event()).isEmpty();
            stream.close();
        }
        stopped.get(20, TimeUnit.SECONDS);
    }

    @Test
    void waitsForTheRevisionOfTheNotification() throws Exception {
        RunningNode served = serving(OfrepRuleset.revision(7));

        CompletableFuture<HttpResponse<String>> early =
                CompletableFuture.supplyAsync(() -> send(served, PREMIUM, "?flagConfigEtag=%228%22", ""));
        served.rewrite(OfrepRuleset.revision(8));

        assertThat(early.get(20, TimeUnit.SECONDS).headers().firstValue("X-Variate-Revision"))
                .hasValue("8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"?flagConfigEtag=9", "?flagConfigEtag=", "?flagConfigEtag=abc", "?flagConfigLastModified=x"})
    void answersAfterATimeoutForAnyRevision(String query) {
        HttpResponse<String> answer = send(serving(OfrepRuleset.revision(7)), PREMIUM, query, "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("7");
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

    private static HttpResponse<String> send(RunningNode node, String body, String query, String tag) {
        return new Provider(node, "Authorization", "Bearer server-key").send(query, body, "If-None-Match", tag);
    }

    private static JsonObject bulk(RunningNode node, String key, String query) {
        return new JsonObject(
                new Provider(node, "X-API-Key", key).send(query, "{}").body());
    }

    private static String address(RunningNode node, String key) {
        return bulk(node, key, "")
                .getJsonArray("eventStreams")
                .getJsonObject(0)
                .getJsonObject("endpoint")
                .getString("requestUri");
    }

    private static String channel(RunningNode node) {
        return address(node, "server-key").replaceFirst("&since=.*", "");
    }

    /** Opens a stream and reads its beginning. */
    private static Stream opened(RunningNode node, String address, String... headers) throws Exception {
        Stream stream = Stream.open(node, address, headers);
        assertThat(stream.event()).matches("retry: [1-4][0-9]{3}\n");
        return stream;
    }

    private static boolean isOpened(RunningNode node, String address) {
        URI uri = URI.create("http://127.0.0.1:" + node.httpPort() + address);
        HttpResponse<InputStream> answer = CLIENT.sendAsync(
                        HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream())
                .join();
        try (InputStream body = answer.body()) {
            return answer.statusCode() == 200 && body.read() == 'r';
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a stream like a browser. */
    private record Stream(BufferedReader lines) implements AutoCloseable {
        static Stream open(RunningNode node, String address, String... headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + node.httpPort() + address))
                    .header("Accept", "text/event-stream")
                    .header("Origin", "https://shop.example");
            if (headers.length > 0) {
                request.headers(headers);
            }
            HttpResponse<InputStream> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .isPresent();
            return new Stream(new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8)));
        }

        /** The next event without keep-alives, as pages receive it; empty at the end of the stream. */
        String event() throws IOException {
            String block = block();
            while (block.equals(KEEP_ALIVE)) {
                block = block();
            }
            return block;
        }

        /** The lines up to the next empty line. */
        String block() throws IOException {
            StringBuilder block = new StringBuilder();
            for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
                block.append(line).append('\n');
            }
            return block.toString();
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
