package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code GET /openapi.json}. */
class OpenApiEndpointsTest {
    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void servesTheDescriptionWithoutAKeyAndWithoutARuleset() {
        HttpResponse<String> answer = node.get("/openapi.json");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getString("openapi")).isEqualTo("3.1.0");
    }

    @Test
    void compressesIfTheClientAcceptsGzip() throws IOException {
        String plain = node.get("/openapi.json").body();

        HttpResponse<byte[]> answer = node.getBytes("/openapi.json", "Accept-Encoding", "gzip");

        assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(answer.headers().firstValue("ETag").orElseThrow()).startsWith("W/");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body()))).hasContent(plain);
    }

    @Test
    void answers304IfTheClientsCopyIsCurrent() {
        String tag = node.get("/openapi.json").headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> answer = node.get("/openapi.json", "If-None-Match", tag);

        assertThat(answer.statusCode()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void rejectsOtherMethods() {
        HttpResponse<String> answer = node.send("PUT", node.httpPort(), "/openapi.json", "{}");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }
}
