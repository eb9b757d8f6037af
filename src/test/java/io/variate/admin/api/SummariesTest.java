package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The list of all flags and experiments of a project in short. */
@Timeout(120)
@Tag("slow")
class SummariesTest {
    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Map<String, JsonObject> summaries(String project) {
        Map<String, JsonObject> byKey = new LinkedHashMap<>();
        node.ok("GET", "/summaries?projectId=" + project, "")
                .body()
                .lines()
                .map(JsonObject::new)
                .forEach(summary -> byKey.put(summary.getString("key"), summary));
        return byKey;
    }

    private static JsonObject summary(String project, String key) {
        return Objects.requireNonNull(summaries(project).get(key), key);
    }

    private static String project(String key) {
        node.ok("POST", "/projects", "{\"id\": \"" + key + "\"}");
        return key;
    }

    @Test
    void showsTheFieldsOfAnExperiment() {
        String project = project("fields");
        String shop = node.create(
                "/deployments", "{\"projectId\": \"" + project + "\", \"label\": \"fields\", \"type\": \"server\"}");
        String id = node.create("/experiments", """
                {"projectId": "%s", "key": "checkout", "name": "Checkout", "bucketingKey": "user_id", "enabled": true,
                 "rolloutPercentage": 12.5, "tags": ["pay"], "deployments": ["%s"],
                 "targetSegments": [{"name": "S", "percentage": 20, "rolloutWeights": {"a": 1}, "conditions": [
                   {"type": "property", "prop": "country", "op": "is", "values": ["DE"]}]}],
                 "variants": [{"key": "a", "payload": {"large": "payload"}}, {"key": "b"}]}""".formatted(project, shop));
        String group = node.create("/holdouts", """
                {"projectId": "%s", "name": "H", "holdoutPercentage": 5, "bucketingKey": "user_id",
                 "experiments": [%s]}""".formatted(project, id));

        JsonObject summary = summary(project, "checkout");

        assertThat(summary.getString("id")).isEqualTo(id);
        assertThat(summary.getString("name")).isEqualTo("Checkout");
        assertThat(summary.getString("type")).isEqualTo("experiment");
        assertThat(summary.getBoolean("managed")).isTrue();
        assertThat(summary.getBoolean("enabled")).isTrue();
        assertThat(summary.getBoolean("archived")).isFalse();
        assertThat(summary.getString("state")).isEqualTo("planning");
        assertThat(summary.getJsonArray("tags")).isEqualTo(new JsonArray().add("pay"));
        assertThat(summary.getJsonArray("deployments")).isEqualTo(new JsonArray().add(shop));
        assertThat(summary.getJsonArray("variants"))
                .isEqualTo(new JsonArray().add("a").add("b"));
        assertThat(summary.getDouble("rolloutPercentage")).isEqualTo(12.5);
        assertThat(summary.getJsonArray("segmentPercentages")).isEqualTo(new JsonArray().add(20));
        assertThat(summary.getJsonArray("groups")).isEqualTo(new JsonArray().add(group));
        assertThat(summary.getJsonArray("stale")).isEmpty();
        assertThat(summary.getString("lastEvaluated")).isNull();
        assertThat(summary.encode()).doesNotContain("payload");
    }

    @Test
    void listsTheNewestChangeFirst() {
        String project = project("order");
        String first = flag(project, "first");
        flag(project, "second");
        node.patch("/flags/" + first, "{\"description\": \"changed\"}");

        assertThat(summaries(project).keySet()).containsExactly("first", "second");
        assertThat(summary(project, "first").getInteger("version")).isEqualTo(2);
    }

    @Test
    void listsArchivedFlagsButNoDeletedOnesAndNoGroups() {
        String project = project("archived");
        flag(project, "present");
        String archived = flag(project, "archived");
        String deleted = flag(project, "deleted");
        node.ok("PATCH", "/flags/" + archived, "{\"archive\": true}");
        node.ok("PATCH", "/flags/" + deleted, "{\"archive\": true}");
        node.confirmed("DELETE", "/flags/" + deleted, "");
        node.create(
                "/mutexes",
                "{\"projectId\": \"" + project
                        + "\", \"key\": \"group\", \"name\": \"M\", \"slots\": [{\"percentage\": 100}]}");

        assertThat(summaries(project).keySet()).containsExactlyInAnyOrder("archived", "present");
        assertThat(summary(project, "archived").getBoolean("archived")).isTrue();
    }

    @Test
    void showsARawFlagWithItsVariants() {
        node.put("""
                {"flags": [{"key": "raw", "variants": {"on": {"key": "on", "value": "\\ud800"}},
                  "segments": [{"variant": "on", "conditions": [[{"selector": ["context", "user", "country"], "op": "is",
                    "values": ["\\udfff"]}]]}]}],
                 "deployments": [{"key": "raw-key", "label": "raw", "type": "server", "flags": ["raw"]}]}""");

        JsonObject summary = summary("1", "raw");

        assertThat(summary.getBoolean("managed")).isFalse();
        assertThat(summary.getJsonArray("variants")).isEqualTo(new JsonArray().add("on"));
        assertThat(summary.getValue("rolloutPercentage")).isNull();
        assertThat(summary.getJsonArray("deployments")).hasSize(1);
    }

    @Test
    void answersNotModifiedUntilSomethingChanges() {
        String project = project("tags");
        String id = flag(project, "flag");
        String path = "/summaries?projectId=" + project;
        String tag = node.ok("GET", path, "").headers().firstValue("ETag").orElseThrow();

        assertThat(node.send("GET", path, "", "If-None-Match", tag).statusCode())
                .isEqualTo(304);
        node.patch("/flags/" + id, "{\"name\": \"other\"}");
        HttpResponse<String> changed = node.send("GET", path, "", "If-None-Match", tag);
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(changed.body()).contains("\"other\"");
    }

    @Test
    void hidesProjectsThatTheTokenDoesNotSee() {
        flag(project("hidden"), "secret");
        String token = new JsonObject(
                        node.send("POST", "/tokens", "{\"name\": \"v\", \"role\": \"viewer\", \"projects\": [\"1\"]}")
                                .body())
                .getString("token");

        for (String project : List.of("hidden", "missing")) {
            HttpResponse<String> answer = node.sendAs(token, "GET", "/summaries?projectId=" + project, "");
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("unknown_project");
        }
        assertThat(node.send("GET", "/summaries?projectId=missing", "").statusCode())
                .isEqualTo(404);
        assertThat(node.sendAs(token, "GET", "/summaries?projectId=1", "").statusCode())
                .isEqualTo(200);
    }

    private static String flag(String project, String key) {
        return node.create(
                "/flags",
                "{\"projectId\": \"" + project + "\", \"key\": \"" + key + "\", \"bucketingKey\": \"user_id\"}");
    }
}
