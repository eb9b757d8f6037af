package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Projects as resources, and copies of groups between them. */
@Timeout(120)
@Tag("slow")
class ProjectResourcesTest {
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

    @Test
    void changesAProjectWithoutANewRevision() {
        node.create("/projects", "{\"id\": \"shop\", \"name\": \"Shop\"}");
        assertThat(node.get("/projects/shop").getBoolean("production")).isFalse();

        HttpResponse<String> changed = node.ok(
                "PATCH", "/projects/shop", "{\"name\": \"Store\", \"description\": \"d\", \"production\": true}");

        JsonObject project = new JsonObject(changed.body());
        assertThat(project.getString("id")).isEqualTo("shop");
        assertThat(project.getString("name")).isEqualTo("Store");
        assertThat(project.getString("description")).isEqualTo("d");
        assertThat(project.getBoolean("production")).isTrue();
        assertThat(changed.headers().firstValue("X-Variate-Revision")).isEmpty();
        assertThat(node.get("/projects").getJsonArray("projects")).contains(project);
        assertError(
                node.send("PATCH", "/projects/shop", "{\"name\": \"x\"}", "If-Match", "\"9\""),
                412,
                "version_conflict");
        assertError(node.send("PATCH", "/projects/shop", "{\"settings\": {}}"), 400, "invalid_resource");
        assertError(node.send("PATCH", "/projects/none", "{\"name\": \"x\"}"), 404, "unknown_project");
        assertError(node.send("GET", "/projects/none", ""), 404, "unknown_project");
    }

    @Test
    void changesTheProjectWithoutAName() {
        node.ok("PATCH", "/projects/1", "{\"name\": \"Main\"}");

        assertThat(node.get("/projects/1").getString("name")).isEqualTo("Main");
        assertError(node.send("DELETE", "/projects/1", ""), 409, "in_use");
    }

    @Test
    void deletesAProjectOnlyWithNothingInIt() {
        node.create("/projects", "{\"id\": \"empty\"}");
        String deployment =
                node.create("/deployments", "{\"projectId\": \"empty\", \"label\": \"server\", \"type\": \"server\"}");
        assertError(node.send("DELETE", "/projects/empty", ""), 409, "in_use");
        node.ok("DELETE", "/deployments/" + deployment + "?force=true", "");
        String flag = node.create("/flags", "{\"projectId\": \"empty\", \"key\": \"f\"}");
        node.ok("PATCH", "/flags/" + flag + "?force=true", "{\"archive\": true}");
        assertError(node.send("DELETE", "/projects/empty", ""), 409, "in_use");
        node.ok("DELETE", "/flags/" + flag, "");

        assertThat(node.ok("DELETE", "/projects/empty", "").body()).isEqualTo("OK");

        assertError(node.send("GET", "/projects/empty", ""), 404, "unknown_project");
        assertError(node.send("POST", "/flags", "{\"projectId\": \"empty\", \"key\": \"f\"}"), 404, "unknown_project");
    }

    @Test
    void deletesAProjectTogetherWithItsFlagsInABatch() {
        node.create("/projects", "{\"id\": \"whole\"}");
        String flag = node.create("/flags", "{\"projectId\": \"whole\", \"key\": \"f\"}");

        node.ok("POST", "/batch?force=true", """
                {"writes": [{"method": "DELETE", "path": "/flags/%s"}, {"method": "DELETE", "path": "/projects/whole"}]}
                """.formatted(flag));

        assertError(node.send("GET", "/projects/whole", ""), 404, "unknown_project");
    }

    @Test
    void onlyAdministratorsOfAllProjectsChangeProjects() {
        node.create("/projects", "{\"id\": \"guarded\"}");
        String token = new JsonObject(node.send(
                                "POST",
                                "/tokens",
                                "{\"name\": \"limited\", \"role\": \"admin\", \"projects\": [\"guarded\"]}")
                        .body())
                .getString("token");

        assertThat(node.sendAs(token, "GET", "/projects/guarded", "").statusCode())
                .isEqualTo(200);
        assertError(node.sendAs(token, "GET", "/projects/1", ""), 404, "unknown_project");
        assertThat(node.sendAs(token, "PATCH", "/projects/1", "{\"name\": \"x\"}")
                        .body())
                .as("a project that the token does not see")
                .isEqualTo(node.sendAs(token, "PATCH", "/projects/none", "{\"name\": \"x\"}")
                        .body());
        assertError(node.sendAs(token, "PATCH", "/projects/guarded", "{\"production\": true}"), 403, "forbidden");
        assertError(node.sendAs(token, "DELETE", "/projects/guarded", ""), 403, "forbidden");
    }

    @Test
    void copiesGroupsWithTheExperimentsThatHaveTheSameKeys() {
        node.create("/projects", "{\"id\": \"live\"}");
        String search = node.create("/experiments", experiment("1", "search"));
        String checkout = node.create("/experiments", experiment("1", "checkout"));
        String holdout = node.create("/holdouts", """
                {"projectId": "1", "name": "Q4", "key": "q4", "holdoutPercentage": 5, "bucketingKey": "user_id",
                 "experiments": [%s]}""".formatted(search));
        String mutex = node.create("/mutexes", """
                {"projectId": "1", "name": "Pages", "key": "pages", "bucketingKey": "user_id", "slots": [
                  {"percentage": 60, "experiments": [%s]}, {"percentage": 40, "experiments": [%s]}]}""".formatted(search, checkout));

        HttpResponse<String> missing = node.send("POST", "/mutexes/" + mutex + "/copy", "{\"projectId\": \"live\"}");
        assertError(missing, 409, "missing_member");
        assertThat(missing.body()).contains("'search', 'checkout'");

        String liveSearch = node.create("/experiments", experiment("live", "search"));
        String liveCheckout = node.create("/experiments", experiment("live", "checkout"));
        String copied = result(node.post("/mutexes/" + mutex + "/copy", "{\"projectId\": \"live\"}"));
        String held = result(node.post("/holdouts/" + holdout + "/copy", "{\"projectId\": \"live\"}"));

        JsonArray slots = node.get("/mutexes/" + copied).getJsonArray("slots");
        assertThat(slots.getJsonObject(0).getJsonArray("experiments")).containsExactly(Integer.valueOf(liveSearch));
        assertThat(slots.getJsonObject(1).getJsonArray("experiments")).containsExactly(Integer.valueOf(liveCheckout));
        assertThat(node.get("/mutexes/" + copied).getString("bucketingSalt"))
                .isEqualTo(node.get("/mutexes/" + mutex).getString("bucketingSalt"));
        assertThat(node.get("/holdouts/" + held).getJsonArray("experiments"))
                .containsExactly(Integer.valueOf(liveSearch));
        assertThat(node.get("/experiments/" + liveSearch)
                        .getJsonObject("parentDependencies")
                        .getJsonObject("flags")
                        .fieldNames())
                .containsExactlyInAnyOrder(copied, held);
    }

    @Test
    void aCopyOfAGroupThatIsThereKeepsItsSalt() {
        node.create("/projects", "{\"id\": \"target\"}");
        String holdout = node.create("/holdouts", holdout("1", 5));
        String present = node.create("/holdouts", holdout("target", 10));
        String salt = node.get("/holdouts/" + present).getString("bucketingSalt");

        String copied = result(node.post("/holdouts/" + holdout + "/copy", "{\"projectId\": \"target\"}"));

        assertThat(copied).isEqualTo(present);
        assertThat(node.get("/holdouts/" + present).getString("bucketingSalt")).isEqualTo(salt);
        assertThat(node.get("/holdouts/" + present).getInteger("holdoutPercentage"))
                .isEqualTo(5);
    }

    private static String holdout(String project, int percentage) {
        return """
                {"projectId": "%s", "name": "Kept", "key": "kept", "holdoutPercentage": %d, "bucketingKey": "user_id"}
                """.formatted(project, percentage);
    }

    private static String experiment(String project, String key) {
        return "{\"projectId\": \"%s\", \"key\": \"%s\", \"bucketingKey\": \"user_id\", \"enabled\": true}"
                .formatted(project, key);
    }

    private static String result(JsonObject changes) {
        return changes.getJsonArray("results").getJsonObject(0).getString("id");
    }

    private static void assertError(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }
}
