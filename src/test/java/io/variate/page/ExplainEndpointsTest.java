package io.variate.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /v1/explain}. */
class ExplainEndpointsTest {
    private static final String RULESET = """
            {"revision": 7,
             "deployments": [
              {"key": "server-key", "label": "s", "type": "server", "flags": ["child", "split"]},
              {"key": "client-key", "label": "c", "type": "client", "flags": ["*"]}],
             "flags": [
              {"key": "parent", "variants": {"on": {"key": "on"}},
               "segments": [{"metadata": {"segmentName": "Germans"}, "variant": "on", "conditions": [[
                {"selector": ["context", "user", "country"], "op": "is", "values": ["DE"]}]]}]},
              {"key": "child", "dependencies": ["parent"], "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["result", "parent", "key"], "op": "is", "values": ["on"]}]]}]},
              {"key": "split", "variants": {"a": {"key": "a"}, "b": {"key": "b"}, "off": {"key": "off"}},
               "segments": [{"variant": "off", "bucket": {"selector": ["context", "user", "user_id"], "salt": "s",
                "allocations": [{"range": [0, 100], "distributions": [
                 {"variant": "a", "range": [0, 21474836]}, {"variant": "b", "range": [21474836, 42949673]}]}]}}]}]}
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

    @Test
    void explainsEveryFlagAndItsDependencies() {
        JsonObject answer = explain("", "{\"user_id\":\"u\",\"country\":\"DE\"}");

        assertThat(answer.getLong("revision")).isEqualTo(7);
        assertThat(answer.getJsonArray("flags")).hasSize(3);
        JsonObject parent = flag(answer, "parent");
        assertThat(parent.getString("reason")).isEqualTo("segment");
        JsonObject segment = parent.getJsonArray("segments").getJsonObject(0);
        assertThat(segment.getString("name")).isEqualTo("Germans");
        assertThat(segment.getString("outcome")).isEqualTo("decided");
        JsonObject condition =
                segment.getJsonArray("conditions").getJsonArray(0).getJsonObject(0);
        assertThat(condition.getString("seen")).isEqualTo("DE");
        assertThat(condition.getBoolean("held")).isTrue();
        assertThat(flag(answer, "child").getJsonArray("dependencies")).containsExactly("parent");
    }

    @Test
    void omitsMissingParts() {
        JsonObject parent = flag(explain("?flag_keys=child", "{\"user_id\":\"u\"}"), "parent");

        assertThat(parent.getString("reason")).isEqualTo("no-match");
        assertThat(parent.containsKey("variant")).isFalse();
        JsonObject condition = parent.getJsonArray("segments")
                .getJsonObject(0)
                .getJsonArray("conditions")
                .getJsonArray(0)
                .getJsonObject(0);
        assertThat(condition.containsKey("seen")).isFalse();
    }

    @Test
    void agreesWithVardata() {
        for (int i = 0; i < 20; i++) {
            String variant = flag(explain("?user_id=user-" + i, ""), "split")
                    .getJsonObject("variant")
                    .getString("key");
            HttpResponse<String> vardata =
                    node.get("/v1/vardata?user_id=user-" + i, "Authorization", "Api-Key server-key");
            assertThat(new JsonObject(vardata.body()).getJsonObject("split").getString("key"))
                    .isEqualTo(variant);
        }
    }

    @Test
    void showsThePositionInTheBucket() {
        JsonObject bucket = flag(explain("?user_id=u&flag_key=split", ""), "split")
                .getJsonArray("segments")
                .getJsonObject(0)
                .getJsonObject("bucket");

        assertThat(bucket.getString("value")).isEqualTo("u");
        assertThat(bucket.getLong("hash")).isEqualTo(bucket.getLong("share") * 100 + bucket.getLong("percent"));
    }

    @Test
    void recordsNothing() {
        long before = node.ledger().getLong("evaluated");

        explain("?user_id=u", "");

        assertThat(node.ledger().getLong("evaluated")).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Api-Key client-key  | {}  | 403 | forbidden
                    Api-Key nobody      | {}  | 401 | unauthorized
                    Api-Key server-key  | {   | 400 | invalid_context
                    Api-Key server-key  | []  | 400 | invalid_context
                    """)
    void rejectsInvalidRequests(String authorization, String body, int status, String code) {
        HttpResponse<String> answer = node.post("/v1/explain", body, "Authorization", authorization);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }

    private static JsonObject explain(String query, String body) {
        HttpResponse<String> answer = node.post("/v1/explain" + query, body, "Authorization", "Api-Key server-key");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static JsonObject flag(JsonObject answer, String key) {
        return answer.getJsonArray("flags").stream()
                .map(each -> (JsonObject) each)
                .filter(each -> key.equals(each.getString("flag")))
                .findFirst()
                .orElseThrow();
    }
}
