package io.variate.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /v1/simulate}. */
class SimulateEndpointsTest {
    private static final String RULESET = """
            {"revision": 7,
             "deployments": [
              {"key": "server-key", "label": "s", "type": "server", "flags": ["*"]},
              {"key": "client-key", "label": "c", "type": "client", "flags": ["*"]}],
             "flags": [
              {"key": "split", "variants": {"a": {"key": "a"}, "b": {"key": "b"}, "off": {"key": "off"}},
               "segments": [{"variant": "off", "bucket": {"selector": ["context", "user", "user_id"], "salt": "s",
                "allocations": [{"range": [0, 80], "distributions": [
                 {"variant": "a", "range": [0, 10737418]}, {"variant": "b", "range": [10737418, 42949673]}]}]}}]},
              {"key": "by-device", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "device_id"], "op": "is", "values": ["x"]}]]}]},
              {"key": "germans", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "country"], "op": "is", "values": ["DE"]}]]}]},
              {"key": "forgotten", "variants": {"a": {"key": "a"}, "b": {"key": "b"}, "c": {"key": "c"},
                "off": {"key": "off"}},
               "segments": [{"variant": "b", "conditions": []}, {"variant": "a"}]}]}
            """;

    private static final String UNDER_WAY = "vertx_http_server_active_requests";

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
    void countsTenThousandUsersAndReportsProgress() {
        List<JsonObject> lines = simulate("{\"generate\":{\"count\":10000}}");

        assertThat(lines.get(0)).isEqualTo(new JsonObject("{\"type\":\"begin\",\"revision\":7,\"users\":10000}"));
        assertThat(lines.get(lines.size() - 1)).isEqualTo(new JsonObject("{\"type\":\"end\",\"done\":10000}"));
        assertThat(lines.stream().filter(line -> line.getString("type").equals("progress")))
                .hasSizeGreaterThan(10);
        JsonObject split = result(lines, "split");
        assertThat(split.getLong("drawn")).isEqualTo(10_000);
        assertThat(variant(split, "a").getDouble("expected")).isEqualTo(2_000, within(1.0));
        assertThat(variant(split, "b").getDouble("expected")).isEqualTo(6_000, within(1.0));
        assertThat(variant(split, "off").getDouble("expected")).isEqualTo(2_000, within(1.0));
        assertThat(split.getJsonArray("variants").stream()
                        .mapToLong(each -> ((JsonObject) each).getLong("seen"))
                        .sum())
                .isEqualTo(10_000);
        assertThat(split.getLong("degrees")).isEqualTo(2);
        assertThat(split.getDouble("p")).isBetween(0.001, 1.0);
    }

    @Test
    void namesTheVariantsThatNoUserCanGet() {
        List<JsonObject> lines = simulate("{\"generate\":{\"count\":10}}");

        assertThat(result(lines, "forgotten").getJsonArray("unreachable")).containsExactly("b", "c");
        assertThat(result(lines, "split").containsKey("unreachable")).isFalse();
    }

    @Test
    void agreesWithVardata() {
        JsonObject split = result(simulate("{\"user_ids\":[\"u\",\"u\"],\"flag_keys\":[\"split\"]}"), "split");

        String variant = new JsonObject(node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server-key")
                        .body())
                .getJsonObject("split")
                .getString("key");
        assertThat(split.getLong("users")).isEqualTo(1);
        assertThat(variant(split, variant).getLong("seen")).isEqualTo(1);
        assertThat(split.containsKey("p")).isFalse();
    }

    @Test
    void appliesTheSharedContext() {
        List<JsonObject> lines =
                simulate("{\"user_ids\":[\"x\",\"y\"],\"identity\":\"device_id\",\"context\":{\"country\":\"DE\"}}");

        assertThat(variant(result(lines, "germans"), "on").getLong("seen")).isEqualTo(2);
        assertThat(variant(result(lines, "by-device"), "on").getLong("seen")).isEqualTo(1);
        assertThat(result(lines, "split").getLong("drawn")).as("by user id").isZero();
    }

    @Test
    void recordsNothing() {
        long before = node.ledger().getLong("evaluated");

        simulate("{\"user_ids\":[\"u\"]}");

        assertThat(node.ledger().getLong("evaluated")).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {                                                      | bad_request        | body
                    []                                                     | invalid_simulation | body
                    {}                                                     | invalid_simulation | user_ids
                    {"user_ids": []}                                       | invalid_simulation | user_ids
                    {"user_ids": "u"}                                      | invalid_simulation | user_ids
                    {"user_ids": ["u", 1]}                                 | invalid_simulation | user_ids[1]
                    {"user_ids": ["u"], "generate": {"count": 1}}          | invalid_simulation | user_ids
                    {"generate": {"count": 10001}}                         | invalid_simulation | generate.count
                    {"generate": {"count": 1.5}}                           | invalid_simulation | generate.count
                    {"generate": {"count": 1, "prefix": 1}}                | invalid_simulation | generate.prefix
                    {"generate": {"count": 1, "suffix": "x"}}              | invalid_simulation | generate
                    {"user_ids": ["u"], "identity": "email"}               | invalid_simulation | identity
                    {"user_ids": ["u"], "context": []}                     | invalid_simulation | context
                    {"user_ids": ["u"], "flag_keys": [null]}               | invalid_simulation | flag_keys[0]
                    {"user_ids": ["u"], "users": 1}                        | invalid_simulation | body
                    """)
    void rejectsInvalidRequests(String body, String code, String path) {
        HttpResponse<String> answer = post("server-key", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo(path);
    }

    @Test
    void rejectsClientKeys() {
        assertThat(post("client-key", "{\"user_ids\":[\"u\"]}").statusCode()).isEqualTo(403);
    }

    @Test
    void aClientThatDisconnectsWhileWaitingForARevisionFreesItsSlot() throws Exception {
        try (RunningNode patient = RunningNode.serving(
                RULESET, Map.of("VARIATE_HTTP_INSTANCES", "1", "VARIATE_RULESETS_MIN_REVISION_WAIT", "3s"))) {
            double idle = patient.metric(UNDER_WAY);
            try (RawConnection one = RawConnection.to(patient.httpPort());
                    RawConnection other = RawConnection.to(patient.httpPort())) {
                for (RawConnection leaving : List.of(one, other)) {
                    leaving.send("""
                            POST /v1/simulate HTTP/1.1\r
                            Host: localhost\r
                            Authorization: Api-Key server-key\r
                            X-Variate-Min-Revision: 8\r
                            Content-Length: 18\r
                            \r
                            {"user_ids":["u"]}""");
                }
                Await.value(
                        "two simulations are in progress", () -> patient.metric(UNDER_WAY), seen -> seen == idle + 2);
            }
            Await.value("no simulation is in progress", () -> patient.metric(UNDER_WAY), seen -> seen == idle);
            patient.rewrite(RULESET.replace("\"revision\": 7", "\"revision\": 8"));

            assertThat(patient.post(
                                    "/v1/simulate",
                                    "{\"user_ids\":[\"u\"]}",
                                    "Authorization",
                                    "Api-Key server-key",
                                    "X-Variate-Min-Revision",
                                    "8")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private static List<JsonObject> simulate(String body) {
        HttpResponse<String> answer = post("server-key", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body().lines().map(JsonObject::new).toList();
    }

    private static HttpResponse<String> post(String key, String body) {
        return node.post("/v1/simulate", body, "Authorization", "Api-Key " + key);
    }

    private static JsonObject result(List<JsonObject> lines, String flag) {
        return lines.stream()
                .filter(line -> flag.equals(line.getString("flag")))
                .findFirst()
                .orElseThrow();
    }

    private static JsonObject variant(JsonObject result, String key) {
        return result.getJsonArray("variants").stream()
                .map(each -> (JsonObject) each)
                .filter(each -> key.equals(each.getString("variant")))
                .findFirst()
                .orElseThrow();
    }
}
