package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vardata endpoints of SDKs, and {@code POST /v1/vardata}. */
class SdkVardataTest {
    private static final String PREMIUM = "{\"user_properties\": {\"plan\": \"premium\"}}";

    private static final String KINDS = """
            {"revision": 1, "deployments": [{"key": "k", "label": "all", "type": "server", "flags": ["*"]}], "flags": [
             {"key": "bare", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
             {"key": "web", "metadata": {"deliveryMethod": "web", "evaluationMode": "remote"},
              "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
             {"key": "web-local", "metadata": {"deliveryMethod": "web", "evaluationMode": "local"},
              "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
             {"key": "feature-local", "metadata": {"deliveryMethod": "feature", "evaluationMode": "local"},
              "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}}]}""";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode kinds;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(SampleRuleset.revision(7), Map.of());
        kinds = RunningNode.serving(KINDS, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
        kinds.close();
    }

    // The user

    @ParameterizedTest
    @ValueSource(strings = {"/sdk/v2/vardata", "/sdk/vardata"})
    void readsTheUserFromAHeader(String path) {
        assertThat(ok(get(path, "X-Amp-Exp-User", base64(PREMIUM))).fieldNames())
                .contains("premium");
        assertThat(ok(get(path)).fieldNames()).doesNotContain("premium").contains("parent");
        assertThat(ok(get(path, "X-Amp-Exp-User", "")).fieldNames()).contains("parent");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sdk/v2/vardata", "/sdk/vardata", "/v1/vardata"})
    void readsTheUserFromABody(String path) {
        assertThat(ok(post(path, PREMIUM)).fieldNames()).contains("premium");
        assertThat(ok(post(path, "{}")).fieldNames()).doesNotContain("premium").contains("parent");
        assertThat(ok(post(path, "")).fieldNames())
                .as("an empty body is an empty user")
                .contains("parent");
    }

    @Test
    void readsNullAsAbsent() {
        String user = """
                {"user_id": "query", "device_id": null, "country": null, "groups": null, "group_properties": null,
                 "cohort_ids": null, "group_cohort_ids": null, "user_properties": {"plan": "premium", "age": null}}""";

        assertThat(ok(post("/sdk/v2/vardata", user)).fieldNames())
                .contains("premium", "user")
                .doesNotContain("device");
    }

    @Test
    void parametersOverrideTheBody() {
        String body = "{\"user_id\": \"context\", \"device_id\": \"context\"}";

        JsonObject answer = ok(post("/v1/vardata?user_id=query", body));
        assertThat(answer.getJsonObject("user").getString("key")).isEqualTo("query");
        assertThat(answer.getJsonObject("device").getString("key")).isEqualTo("context");
        assertThat(ok(post("/v1/vardata?context=" + RunningNode.encode(PREMIUM), body))
                        .fieldNames())
                .contains("premium")
                .doesNotContain("user");
        assertThat(ok(post("/v1/vardata?flag_keys=parent", body)).fieldNames()).containsExactly("parent");
    }

    @Test
    void acceptsAUserOf48Kibibytes() {
        String padding = "x".repeat(48 * 1024 - "{\"user_properties\": {\"plan\": \"premium\"},\"x\":\"\"}".length());
        String user = "{\"user_properties\": {\"plan\": \"premium\"},\"x\":\"" + padding + "\"}";

        assertThat(user).hasSize(48 * 1024);
        assertThat(ok(get("/sdk/v2/vardata", "X-Amp-Exp-User", base64(user))).fieldNames())
                .contains("premium");
    }

    // The answer

    @Test
    void includesDefaultVariantsAndOmitsFlagsThatAreNotDeployed() {
        JsonObject answer = ok(get("/sdk/v2/vardata"));

        assertThat(answer.getJsonObject("off-for-all"))
                .isEqualTo(new JsonObject("{\"key\": \"off\", \"metadata\": {\"default\": true}}"));
        assertThat(answer.fieldNames()).doesNotContain("group");
        assertThat(answer.getJsonObject("child").fieldNames()).containsExactlyInAnyOrder("key", "value", "metadata");
    }

    @Test
    void omitsDefaultVariantsForOldSdks() {
        assertThat(ok(get("/sdk/vardata"))).isEqualTo(ok(get("/v1/vardata")));
        assertThat(ok(post("/sdk/vardata", "{}"))).isEqualTo(ok(get("/v1/vardata")));
        assertThat(ok(post("/v1/vardata", "{}"))).isEqualTo(ok(get("/v1/vardata")));
    }

    @ParameterizedTest
    @CsvSource({"GET, /sdk/v2/vardata", "POST, /sdk/v2/vardata", "GET, /sdk/vardata", "POST, /v1/vardata"})
    void forbidsCaching(String method, String path) {
        HttpResponse<String> answer = send(method, path, "", "If-None-Match", "*");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(answer.headers().firstValue("ETag")).isEmpty();
        assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("7");
    }

    @Test
    void forbidsCachingEvenIfTheDeploymentAllowsIt() {
        assertThat(node.get("/sdk/v2/vardata", "Authorization", "Api-Key bareProjectKey")
                        .headers()
                        .allValues("Cache-Control"))
                .containsExactly("no-store");
    }

    // Flag keys

    @ParameterizedTest
    @CsvSource({
        "GET, /sdk/v2/vardata",
        "POST, /sdk/v2/vardata",
        "GET, /sdk/vardata",
        "POST, /sdk/vardata",
        "GET, /v1/vardata",
        "POST, /v1/vardata",
    })
    void returnsTheFlagsNamedInTheHeader(String method, String path) {
        assertThat(ok(send(method, path, "", flags("[\"parent\",\"unknown\",\"child\",\"\"]")))
                        .fieldNames())
                .containsExactlyInAnyOrder("parent", "child");
        for (String none : List.of("[]", "[\"\"]", " [ ] ")) {
            assertThat(ok(send(method, path, "", flags(none)))).isEqualTo(ok(send(method, path, "")));
        }
    }

    @Test
    void theFlagKeysHeaderOverridesParameters() {
        assertThat(ok(get("/v1/vardata?flag_keys=value-none", flags("[\"parent\"]")))
                        .fieldNames())
                .containsExactly("parent");
        assertThat(ok(get("/v1/vardata?flag_keys=value-none", flags("[]"))).fieldNames())
                .containsExactly("value-none");
    }

    @Test
    void theFlagKeysHeaderIsPartOfTheTag() {
        String all = tag(get("/v1/vardata"));
        String one = tag(get("/v1/vardata", flags("[\"parent\"]")));

        assertThat(one).isNotEqualTo(all).isEqualTo(tag(get("/v1/vardata?flag_keys=parent")));
        assertThat(get("/v1/vardata", "If-None-Match", one).statusCode()).isEqualTo(200);
    }

    @Test
    void ignoresParametersThatSdksAdd() {
        assertThat(ok(get("/sdk/v2/vardata?v=0&d=abcde&x=%C3%BC", "X-Amp-Exp-Library", "a/1", "Content-Type", "x/y")))
                .isEqualTo(ok(get("/sdk/v2/vardata")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eval_mode=local                         | web-local feature-local",
                "eval_mode=remote                        | web bare",
                "delivery_method=web                     | web web-local",
                "delivery_method=feature                 | feature-local bare",
                "eval_mode=local&delivery_method=web     | web-local",
                "eval_mode=&delivery_method=             | web web-local feature-local bare",
                "eval_mode=local&flag_keys=bare,web-local| web-local",
            })
    void filtersFlagsByModeAndDeliveryMethod(String query, String flags) {
        for (String path : List.of("/sdk/v2/vardata?", "/sdk/vardata?", "/v1/vardata?")) {
            for (String method : List.of("GET", "POST")) {
                HttpResponse<String> answer =
                        kinds.send(method, kinds.httpPort(), path + query, "", "Authorization", "Api-Key k");

                assertThat(ok(answer).fieldNames()).containsExactlyInAnyOrder(flags.split(" ", -1));
            }
        }
    }

    @Test
    void returnsNothingIfNoFlagMatchesTheFilter() {
        for (String path : List.of("/sdk/v2/vardata", "/v1/vardata")) {
            assertThat(ok(get(path + "?delivery_method=web"))).isEmpty();
            assertThat(ok(get(path + "?eval_mode=local", flags("[\"parent\"]"))))
                    .isEmpty();
        }
        assertThat(tag(get("/v1/vardata?delivery_method=web"))).isNotEqualTo(tag(get("/v1/vardata")));
    }

    @ParameterizedTest
    @CsvSource({"eval_mode, Remote", "eval_mode, all", "delivery_method, mail", "delivery_method, web%00"})
    void rejectsUnknownModesAndDeliveryMethods(String name, String value) {
        HttpResponse<String> answer = get("/sdk/v2/vardata?" + name + "=" + value);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_parameter");
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo(name);
    }

    @Test
    void acceptsRepeatedSlashesInThePath() {
        for (String path : List.of("//sdk/v2/vardata", "/sdk//v2///vardata", "/sdk/v2/vardata/")) {
            assertThat(ok(get(path))).as(path).isEqualTo(ok(get("/sdk/v2/vardata")));
        }
    }

    // Tracking

    @ParameterizedTest
    @CsvSource({
        "GET, track, track, track, 2",
        "GET, nonsense, nonsense, no-track, 1",
        "POST, no-track, no-track, no-track, 0",
        "GET, track, no-track, no-track, 0",
        "POST, read-only, read-only, track, 1",
    })
    void recordsAccordingToTheTrackingHeaders(String method, String first, String second, String exposure, int events) {
        // A user per case, since the same assignment is recorded once.
        String user = "{\"user_id\": \"" + method + first + second + exposure + "\"}";
        double before = node.metric("variate_assignments_spooled");

        ok(send(
                method,
                "/sdk/v2/vardata",
                method.equals("POST") ? user : "",
                with(
                        flags("[\"parent\"]"),
                        "X-Amp-Exp-User",
                        base64(user),
                        "X-Amp-Exp-Track",
                        first,
                        "X-Amp-Exp-Track",
                        second,
                        "X-Amp-Exp-Exposure-Track",
                        exposure)));

        assertThat(node.metric("variate_assignments_spooled") - before).isEqualTo(events);
    }

    private static HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    private static HttpResponse<String> post(String path, String body) {
        return send("POST", path, body);
    }

    private static HttpResponse<String> send(String method, String path, String body, String... headers) {
        return node.send(method, node.httpPort(), path, body, with(headers, "Authorization", "Api-Key server-all"));
    }

    private static String[] flags(String json) {
        return new String[] {"X-Amp-Exp-Flag-Keys", base64(json)};
    }

    private static String[] with(String[] headers, String... more) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of(more));
        return all.toArray(new String[0]);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static JsonObject ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }
}
