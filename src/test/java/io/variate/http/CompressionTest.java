package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large answers are compressed only if the client accepts gzip. */
class CompressionTest {
    private static final String SMALL = "?flag_keys=parent";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(withLargeFlag(), Map.of("VARIATE_HTTP_COMPRESS_FROM", "100"));
    }

    /** A flag with a payload of 200,000 characters for the user with that id. */
    private static String withLargeFlag() {
        String flag = """
                {"key": "large", "variants": {"on": {"key": "on", "payload": "%s"}}, "segments": [{"variant": "on",
                 "conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["large"]}]]}]},""".formatted("0123456789".repeat(20_000));
        return SampleRuleset.revision(7).replaceFirst("\"flags\": \\[\\s+", "$0" + flag);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip",
                "GZIP",
                "gzip, deflate, br",
                "br;q=1.0, gzip;q=0.001",
                "deflate,gzip ; q=0.5",
                "*",
                "identity;q=0, *;q=0.5",
            })
    void compressesIfTheClientAcceptsGzip(String accepted) throws Exception {
        for (String path : new String[] {"/sdk/v2/vardata", "/v1/vardata"}) {
            HttpResponse<byte[]> answer = get(path, "Accept-Encoding", accepted);

            assertThat(answer.headers().allValues("Content-Encoding")).containsExactly("gzip");
            assertThat(answer.headers().allValues("Content-Length")).containsExactly("" + answer.body().length);
            assertThat(String.join(",", answer.headers().allValues("Vary"))).endsWith("Accept-Encoding");
            assertThat(unzipped(answer)).isEqualTo(text(get(path)));
            assertThat(answer.body()).hasSizeLessThan(get(path).body().length);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "identity",
                "",
                "br",
                "deflate",
                "gzip;q=0",
                "gzip; q=0.0, *",
                "*, gzip;q=0.000",
                "*;q=0",
                "gzipped",
                ",;,=",
            })
    void doesNotCompressOtherwise(String accepted) throws Exception {
        for (String path : new String[] {"/sdk/v2/vardata", "/v1/vardata"}) {
            HttpResponse<byte[]> answer = get(path, "Accept-Encoding", accepted);

            assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
            assertThat(String.join(",", answer.headers().allValues("Vary"))).endsWith("Accept-Encoding");
            assertThat(text(answer)).startsWith("{");
        }
        assertThat(get("/sdk/v2/vardata").headers().firstValue("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void doesNotCompressSmallAnswers() throws Exception {
        HttpResponse<byte[]> answer = get("/v1/vardata" + SMALL, "Accept-Encoding", "gzip");

        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(text(answer)).isEqualTo("{\"parent\":{\"key\":\"yes\",\"value\":\"yes\"}}");
        assertThat(get("/nowhere", "Accept-Encoding", "gzip").headers().firstValue("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void theTagOfACompressedAnswerIsWeak() throws Exception {
        String plain = get("/v1/vardata").headers().firstValue("ETag").orElseThrow();
        String compressed = get("/v1/vardata", "Accept-Encoding", "gzip")
                .headers()
                .firstValue("ETag")
                .orElseThrow();

        assertThat(compressed).isEqualTo("W/" + plain);
        assertThat(get("/v1/vardata", "Accept-Encoding", "gzip", "If-None-Match", compressed)
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    void compressesAnswersThatAreTooLargeForTheEventLoop() throws Exception {
        HttpResponse<byte[]> answer = get("/v1/vardata?user_id=large&flag_keys=large", "Accept-Encoding", "gzip");

        assertThat(answer.headers().allValues("Content-Encoding")).containsExactly("gzip");
        assertThat(unzipped(answer))
                .hasSizeGreaterThan(200_000)
                .isEqualTo(text(get("/v1/vardata?user_id=large&flag_keys=large")));
    }

    private static HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Api-Key server-all");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static String unzipped(HttpResponse<byte[]> answer) throws IOException {
        return new String(
                new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes(), StandardCharsets.UTF_8);
    }
}
