package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class MinRevisionTest {
    private static final String HEADER = "X-Variate-Min-Revision";
    private static final String[] KEY = {"Authorization", "Api-Key server-key"};

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(document(5, "server-key"), Map.of("VARIATE_RULESETS_MIN_REVISION_WAIT", "200ms"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/vardata, ''",
        "POST, /v1/vardata, {\"user_id\":\"u\"}",
        "GET, /sdk/v2/vardata, ''",
        "POST, /sdk/v2/vardata, {\"user_id\":\"u\"}",
        "GET, /sdk/vardata, ''",
        "GET, /sdk/v2/flags, ''",
        "GET, /v1/flags, ''",
        "POST, /v1/explain, {\"user_id\":\"u\"}",
        "POST, /v1/simulate, {\"user_ids\":[\"u\"]}"
    })
    void answersForServedRevisionsAndNotForLaterOnes(String method, String path, String body) {
        HttpResponse<String> served = send(method, path, body, "5");
        assertThat(served.statusCode()).isEqualTo(200);
        assertThat(served.headers().firstValue("X-Variate-Revision")).hasValue("5");
        HttpResponse<String> later = send(method, path, body, "6");
        assertThat(later.statusCode()).isEqualTo(503);
        assertThat(later.headers().firstValue("Retry-After")).isPresent();
        assertThat(new JsonObject(later.body()).getJsonObject("error"))
                .isEqualTo(new JsonObject()
                        .put("code", "revision_not_reached")
                        .put("message", "revision 6 was requested, but this node serves revision 5"));
    }

    @Test
    void answersOfrepInItsErrorForm() {
        HttpResponse<String> later = send("POST", "/ofrep/v1/evaluate/flags", "{}", "6");

        assertThat(later.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(later.body()).getString("errorCode")).isEqualTo("GENERAL");
        assertThat(send("POST", "/ofrep/v1/evaluate/flags", "{}", "5").statusCode())
                .isEqualTo(200);
        assertThat(send("POST", "/ofrep/v1/evaluate/flags", "{}", "many").statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-1", "1.5", "1234567890123456789", "0x5", "5 6"})
    void rejectsInvalidRevisions(String value) {
        HttpResponse<String> answer = send("GET", "/v1/vardata", "", value);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getJsonObject("error").getString("path"))
                .isEqualTo(HEADER);
    }

    @Test
    void rejectsTwoRevisions() {
        assertThat(node.get("/v1/vardata", KEY[0], KEY[1], HEADER, "4", HEADER, "5")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aRequestWithABodyWaitsForItsRevision() throws Exception {
        try (RunningNode patient =
                RunningNode.serving(document(5, "server-key"), Map.of("VARIATE_RULESETS_MIN_REVISION_WAIT", "20s"))) {
            CompletableFuture<HttpResponse<String>> waiting = CompletableFuture.supplyAsync(() -> patient.post(
                    "/sdk/v2/vardata", "{\"user_id\":\"u\"}", "Authorization", "Api-Key new-key", HEADER, "6"));

            patient.rewrite(document(6, "new-key"));

            HttpResponse<String> answer = waiting.get(20, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("6");
            assertThat(new JsonObject(answer.body()).fieldNames()).containsExactly("flag");
        }
    }

    @Test
    void waitingRequestsDoNotBlockOthers() {
        List<CompletableFuture<HttpResponse<String>>> waiting = IntStream.range(0, 50)
                .mapToObj(i -> node.getAsync("/v1/vardata", KEY[0], KEY[1], HEADER, "9"))
                .toList();

        assertThat(node.get("/v1/vardata", KEY).statusCode()).isEqualTo(200);
        waiting.forEach(answer -> assertThat(answer.join().statusCode()).isEqualTo(503));
    }

    private static HttpResponse<String> send(String method, String path, String body, String revision) {
        return node.send(method, node.httpPort(), path, body, KEY[0], KEY[1], HEADER, revision);
    }

    private static String document(long revision, String key) {
        return """
                {"revision": %d,
                 "deployments": [{"key": "%s", "label": "it", "type": "server", "flags": ["*"]}],
                 "flags": [{"key": "flag", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}
                """.formatted(revision, key);
    }
}
