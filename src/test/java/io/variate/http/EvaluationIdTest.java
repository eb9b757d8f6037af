package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The deployment option {@code evaluationId}, which adds an id of the evaluation to each answer. */
class EvaluationIdTest {
    private static final String FORM = "[0-9]+_[0-9]{13}_7";

    private static final String RULESET = """
            {"revision": 7,
             "deployments": [
              {"key": "with-id", "label": "a", "type": "server", "flags": ["*"], "evaluationId": true},
              {"key": "client-with-id", "label": "b", "type": "client", "flags": ["plain"], "evaluationId": true},
              {"key": "without-id", "label": "c", "type": "server", "flags": ["*"]}],
             "flags": [
              {"key": "plain", "variants": {"on": {"key": "on", "value": "on"}}, "segments": [{"variant": "on"}]},
              {"key": "described", "metadata": {"experimentKey": "exp-1", "flagVersion": 3},
               "variants": {"on": {"key": "on", "payload": {"a": "}}"}}}, "segments": [{"variant": "on"}]},
              {"key": "off", "variants": {"off": {"key": "off", "metadata": {"default": true}}},
               "segments": [{"variant": "off"}]},
              {"key": "own", "metadata": {"evaluationId": "mine"}, "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on"}]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/vardata?user_id=u, true",
        "POST, /v1/vardata, true",
        "GET, /sdk/vardata, true",
        "POST, /sdk/vardata, true",
        "GET, /sdk/v2/vardata, false",
        "POST, /sdk/v2/vardata, false",
    })
    void addsTheEvaluationIdToEachVariant(String method, String path, boolean atTheTop) {
        JsonObject variants = new JsonObject(send(method, path, "with-id").body());
        JsonObject plain = new JsonObject(send(method, path, "without-id").body());

        assertThat(variants.fieldNames()).isEqualTo(plain.fieldNames());
        Set<String> ids = variants.fieldNames().stream()
                .filter(flag -> !flag.equals("own"))
                .map(flag ->
                        variants.getJsonObject(flag).getJsonObject("metadata").getString("evaluationId"))
                .collect(Collectors.toSet());
        assertThat(ids).singleElement().asString().matches(FORM);
        assertThat(variants.getJsonObject("plain").getString("evaluationId"))
                .isEqualTo(atTheTop ? ids.iterator().next() : null);
        assertThat(variants.getJsonObject("own").getJsonObject("metadata").getString("evaluationId"))
                .isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "described", "off"})
    void changesNothingElseInTheVariant(String flag) {
        String path = "/sdk/v2/vardata";
        JsonObject variant = new JsonObject(send("POST", path, "with-id").body()).getJsonObject(flag);
        variant.getJsonObject("metadata").remove("evaluationId");
        if (variant.getJsonObject("metadata").isEmpty()) {
            variant.remove("metadata");
        }

        assertThat(variant)
                .isEqualTo(new JsonObject(send("POST", path, "without-id").body()).getJsonObject(flag));
    }

    @ParameterizedTest
    @ValueSource(strings = {"with-id", "client-with-id"})
    void everyAnswerHasItsOwnIdAndNoEntityTag(String key) {
        String path = "/v1/vardata?user_id=u&flag_keys=plain";
        HttpResponse<String> first = send("GET", path, key);
        HttpResponse<String> second = node.get(path, "Authorization", "Api-Key " + key, "If-None-Match", "*");

        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(second.body()).isNotEqualTo(first.body());
        assertThat(first.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(first.headers().firstValue("ETag")).isEmpty();
    }

    @Test
    void anAnswerWithoutVariantsHasNoId() {
        HttpResponse<String> none = send("GET", "/v1/vardata?flag_keys=unknown", "with-id");
        HttpResponse<String> filtered = send("GET", "/v1/vardata?eval_mode=local", "with-id");

        assertThat(none.body()).isEqualTo("{}");
        assertThat(filtered.body()).isEqualTo("{}");
        assertThat(filtered.headers().firstValue("ETag")).isEmpty();
    }

    @Test
    void answersHaveNoIdWithoutTheOption() {
        HttpResponse<String> answer = send("GET", "/v1/vardata?user_id=u&flag_keys=plain", "without-id");

        assertThat(answer.body()).isEqualTo("{\"plain\":{\"key\":\"on\",\"value\":\"on\"}}");
        assertThat(answer.headers().firstValue("ETag")).isPresent();
    }

    @Test
    void doesNotChangeOfrepAnswers() {
        assertThat(node.post("/ofrep/v1/evaluate/flags/plain", "{}", "Authorization", "Bearer with-id")
                        .body())
                .isEqualTo(node.post("/ofrep/v1/evaluate/flags/plain", "{}", "Authorization", "Bearer without-id")
                        .body());
    }

    private static HttpResponse<String> send(String method, String path, String key) {
        HttpResponse<String> answer = node.send(
                method,
                node.httpPort(),
                path,
                method.equals("POST") ? "{\"user_id\": \"u\"}" : "",
                "Authorization",
                "Api-Key " + key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }
}
