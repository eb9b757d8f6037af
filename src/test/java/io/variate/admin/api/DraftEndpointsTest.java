package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Explanations and simulations of a project with a token: of saved flags, of past revisions, and of drafts. */
@Timeout(120)
@Tag("slow")
class DraftEndpointsTest {
    private static final String KEY = "draft-server-key";

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @SuppressWarnings("NullAway.Init")
    private static String flag;

    @SuppressWarnings("NullAway.Init")
    private static String viewer;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        node.put("""
                {"flags": [{"key": "other", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}],
                 "deployments": [{"key": "%s", "label": "shop", "type": "server", "flags": ["*"]}]}""".formatted(KEY));
        flag = node.create("/flags", """
                {"projectId": "1", "key": "draft", "bucketingKey": "user_id", "enabled": true, "rolloutPercentage": 30}""");
        viewer = new JsonObject(node.send("POST", "/tokens", """
                                {"name": "viewer", "role": "viewer", "projects": ["1"]}""").body()).getString("token");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static JsonObject explain(String query, String fields) {
        return node.post("/explain" + query, "{" + fields + "\"user\": {\"user_id\": \"user-1\"}}")
                .copy();
    }

    private static List<JsonObject> simulate(String query, String body) {
        return node.ok("POST", "/simulate" + query, body)
                .body()
                .lines()
                .map(JsonObject::new)
                .toList();
    }

    private static JsonObject result(List<JsonObject> lines) {
        return lines.stream()
                .filter(line -> "result".equals(line.getString("type")))
                .findFirst()
                .orElseThrow();
    }

    private static double share(JsonObject explained) {
        JsonArray segments = explained.getJsonArray("flags").getJsonObject(0).getJsonArray("segments");
        return segments.getJsonObject(segments.size() - 1)
                .getJsonObject("shares")
                .getDouble("on");
    }

    private static String write(int percentage) {
        return "\"writes\": [{\"method\": \"PATCH\", \"path\": \"/flags/" + flag
                + "\", \"body\": {\"rolloutPercentage\": " + percentage + "}}],";
    }

    @Test
    void explainsLikeThePublicPort() {
        HttpResponse<String> expected = node.node()
                .post("/v1/explain?flag_keys=draft", "{\"user_id\": \"user-1\"}", "Authorization", "Api-Key " + KEY);

        JsonObject explained = explain("", "\"flagKeys\": [\"draft\"],");

        assertThat(explained.getJsonArray("flags"))
                .isEqualTo(new JsonObject(expected.body()).getJsonArray("flags"))
                .hasSize(1);
        assertThat(explained.getString("project")).isEqualTo("1");
    }

    @Test
    void explainsAllFlagsOfTheProjectByDefault() {
        assertThat(explain("", "").getJsonArray("flags").stream()
                        .map(each -> ((JsonObject) each).getString("flag"))
                        .collect(Collectors.toSet()))
                .contains("draft", "other");
    }

    @Test
    void statesTheShareOfEachVariant() {
        assertThat(share(explain("", "\"flagKeys\": [\"draft\"],"))).isEqualTo(0.3, within(1e-9));
    }

    @Test
    void explainsADraftWithoutSavingIt() {
        long revision = explain("", "").getLong("revision");

        assertThat(share(explain("", "\"flagKeys\": [\"draft\"]," + write(80)))).isEqualTo(0.8, within(1e-9));

        assertThat(share(explain("", "\"flagKeys\": [\"draft\"],"))).isEqualTo(0.3, within(1e-9));
        assertThat(explain("", "").getLong("revision")).isEqualTo(revision);
    }

    @Test
    void explainsADraftOfAnEvaluationFlag() {
        JsonObject explained = explain("", """
                "flagKeys": ["new"], "flags": [{"key": "new", "variants": {"on": {"key": "on"}},
                 "segments": [{"variant": "on"}]}],""");

        assertThat(explained.getJsonArray("flags").getJsonObject(0).getString("flag"))
                .isEqualTo("new");
        assertThat(explain("", "\"flagKeys\": [\"new\"],").getJsonArray("flags"))
                .isEmpty();
    }

    @Test
    void aViewerMayTryOutAChange() {
        HttpResponse<String> answer = node.sendAs(
                viewer,
                "POST",
                "/explain",
                "{\"flagKeys\": [\"draft\"]," + write(60) + "\"user\": {\"user_id\": \"u\"}}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(share(new JsonObject(answer.body()))).isEqualTo(0.6, within(1e-9));
        assertThat(node.sendAs(viewer, "PATCH", "/flags/" + flag, "{\"rolloutPercentage\": 60}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aTokenEvaluatesOnlyProjectsThatItSees() {
        node.ok("POST", "/projects", "{\"id\": \"unseen\"}");
        for (String path : List.of("/explain", "/simulate")) {
            String users = path.equals("/explain") ? "\"user\": {}" : "\"users\": [{}]";
            for (String project : List.of("unseen", "missing")) {
                HttpResponse<String> answer =
                        node.sendAs(viewer, "POST", path, "{\"projectId\": \"" + project + "\"," + users + "}");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
                assertThat(answer.body()).contains("unknown_project");
            }
        }
    }

    @Test
    void aTrialChangesNothingOfAProjectThatTheTokenDoesNotSee() {
        node.ok("POST", "/projects", "{\"id\": \"closed\"}");
        String secret = node.create(
                "/flags", "{\"projectId\": \"closed\", \"key\": \"secret-key\", \"bucketingKey\": \"user_id\"}");

        HttpResponse<String> answer = node.sendAs(
                viewer,
                "POST",
                "/explain",
                "{\"writes\": [{\"method\": \"PATCH\", \"path\": \"/flags/" + secret
                        + "\", \"body\": {\"name\": \"x\"}}], \"user\": {}}");

        assertThat(answer.statusCode()).as(answer.body()).isIn(403, 404);
        assertThat(answer.body()).doesNotContain("secret-key");
    }

    @Test
    void evaluatesPastRevisions() {
        long before = explain("", "").getLong("revision");
        String id = node.create("/flags", """
                {"projectId": "1", "key": "later", "bucketingKey": "user_id", "enabled": true, "rolloutPercentage": 100}""");

        assertThat(explain("", "\"flagKeys\": [\"later\"],").getJsonArray("flags"))
                .hasSize(1);
        JsonObject then = explain("?revision=" + before, "\"flagKeys\": [\"later\"],");
        assertThat(then.getJsonArray("flags")).isEmpty();
        assertThat(then.getLong("revision")).isEqualTo(before);
        assertThat(simulate("?revision=" + before, "{\"flagKeys\": [\"later\"], \"users\": [{}]}"))
                .hasSize(3);
        node.ok("PATCH", "/flags/" + id, "{\"archive\": true}");
    }

    @Test
    void simulatesLikeThePublicPort() {
        HttpResponse<String> expected = node.node()
                .post(
                        "/v1/simulate",
                        "{\"flag_keys\": [\"draft\"], \"generate\": {\"count\": 500}}",
                        "Authorization",
                        "Api-Key " + KEY);

        List<JsonObject> beside = simulate("", "{\"flagKeys\": [\"draft\"], \"generate\": {\"count\": 500}}");
        List<JsonObject> within =
                simulate("", "{\"flagKeys\": [\"draft\"], \"users\": {\"generate\": {\"count\": 500}}}");

        JsonObject result = result(expected.body().lines().map(JsonObject::new).toList());
        assertThat(result(beside)).isEqualTo(result);
        assertThat(result(within)).isEqualTo(result);
    }

    @Test
    void simulatesADraftForGivenUsers() {
        List<JsonObject> lines =
                simulate("", "{" + write(100) + "\"flagKeys\": [\"draft\"]}\n{\"user_id\":\"a\"}\n{\"user_id\":\"b\"}");

        JsonObject variant = result(lines).getJsonArray("variants").stream()
                .map(JsonObject.class::cast)
                .filter(each -> "on".equals(each.getString("variant")))
                .findFirst()
                .orElseThrow();
        assertThat(variant.getInteger("seen")).isEqualTo(2);
        assertThat(lines.get(0).getInteger("users")).isEqualTo(2);
    }

    @Test
    void shortensWhatAnExplanationRepeatsOfTheUser() {
        String flags =
                "\"flagKeys\": [\"repeat\"], \"flags\": [{\"key\": \"repeat\", \"variants\": {\"on\": {\"key\": \"on\"}},"
                        + " \"segments\": [{\"variant\": \"on\", \"conditions\": [[{\"selector\": [\"context\", \"user\","
                        + " \"country\"], \"op\": \"is\", \"values\": [\"x\"]}]]}]}],";

        JsonObject explained =
                node.post("/explain", "{" + flags + "\"user\": {\"country\": \"" + "y".repeat(100_000) + "\"}}");

        assertThat(explained.encode()).hasSizeLessThan(3_000).contains("…");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            explain            | ``                                                     | invalid_explanation | body
            explain            | {                                                      | bad_request         | body
            explain            | {"user": {}} {}                                        | invalid_explanation | body
            explain            | {}                                                     | invalid_explanation | user
            explain            | {"user": 1}                                            | invalid_explanation | user
            explain            | {"user": {}, "users": []}                              | invalid_explanation | body
            explain            | {"user": {}, "projectId": 1}                           | invalid_explanation | projectId
            explain            | {"user": {}, "flagKeys": "a"}                          | invalid_explanation | flagKeys
            explain            | {"user": {}, "flagKeys": [1]}                          | invalid_explanation | flagKeys[0]
            explain            | {"user": {}, "flags": [], "writes": []}                | invalid_explanation | body
            explain            | {"user": {}, "flags": [1]}                             | invalid_explanation | flags[0]
            explain?revision=x | {"user": {}}                                           | invalid_parameter   | revision
            explain?at=never   | {"user": {}}                                           | invalid_parameter   | at
            explain?revision=1 | {"user": {}, "flags": []}                              | invalid_parameter   | revision
            simulate           | {}                                                     | invalid_simulation  | users
            simulate           | {"users": [], "user_ids": ["a"]}                       | invalid_simulation  | users
            simulate           | {"user_ids": ["a"]} {}                                 | invalid_simulation  | users
            simulate           | {"users": {"generate": {"count": 10001}}}              | invalid_simulation  | users.generate.count
            simulate           | {"users": [1]}                                         | invalid_simulation  | users[0]
            simulate           | {"flag_keys": [], "users": [{}]}                       | invalid_simulation  | body
            """)
    void namesTheInvalidField(String path, String body, String code, String field) {
        HttpResponse<String> answer = node.send("POST", "/" + path, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        JsonObject error = Objects.requireNonNull(new JsonObject(answer.body()).getJsonObject("error"));
        assertThat(error.getString("code")).isEqualTo(code);
        assertThat(error.getString("path")).isEqualTo(field);
    }

    @Test
    void reportsTheProblemsOfADraft() {
        HttpResponse<String> answer =
                node.send("POST", "/explain", "{\"user\": {}, \"flags\": [{\"key\": \"broken\", \"variants\": 1}]}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("invalid_ruleset", "flags[0].variants");
    }

    @Test
    void aDraftTellsNothingOfOtherProjects() {
        node.create("/projects", "{\"id\": \"hidden\"}");
        node.create("/flags", "{\"projectId\": \"hidden\", \"key\": \"foreign\"}");

        for (String path : List.of("/explain", "/preview")) {
            String fields =
                    path.equals("/explain") ? "\"projectId\": \"1\", \"user\": {" : "\"project\": \"1\", \"users\": [{";
            String body = node.sendAs(viewer, "POST", path, """
                            {"flags": [{"key": "new", "dependencies": ["foreign"], "variants": {}, "segments": []}],
                             %s"user_id": "u"}%s}""".formatted(fields, path.equals("/explain") ? "" : "]"))
                    .body();

            assertThat(body).contains("no flag has the key 'foreign'").doesNotContain("hidden");
        }
    }
}
