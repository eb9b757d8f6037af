package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cohorts as resources: names, authors, members, versions and the flags that use them. */
@Timeout(120)
@Tag("slow")
class CohortResourcesTest {
    private static final String KEY = "server-secret-key";

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(
                Map.of("VARIATE_RULESETS_CHECK_INTERVAL", "50ms", "VARIATE_COHORTS_MAX_MEMBERS", "1000"));
        node.put("""
                {"deployments": [{"key": "server-secret-key", "label": "server", "type": "server", "flags": ["*"]}],
                 "flags": [], "cohorts": [{"id": "written", "lastModified": 9, "memberIds": ["writer"]}]}
                """);
        node.create("/projects", "{\"id\": \"shop\", \"name\": \"Shop\"}");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void createsACohortAndShowsWhoDidIt() {
        JsonObject created = node.post("/cohorts", """
                {"projectId": "shop", "id": "vips", "name": "VIPs", "description": "big spenders", "groupType": "org",
                 "memberIds": ["acme", "globex", "acme"]}
                """);

        assertThat(created.getLong("size")).isEqualTo(2);
        assertThat(created.getString("groupType")).isEqualTo("org");
        assertThat(created.getString("projectId")).isEqualTo("shop");
        assertThat(created.getString("name")).isEqualTo("VIPs");
        assertThat(created.getString("description")).isEqualTo("big spenders");
        assertThat(created.getString("createdBy")).isEqualTo("admin.token");
        assertThat(created.getString("origin")).isEqualTo("upload");
        assertThat(created.getJsonArray("usedBy")).isEmpty();
        assertThat(node.get("/cohorts/vips?projectId=shop")).isEqualTo(created);
        assertThat(node.get("/cohorts?projectId=shop").getJsonArray("cohorts")).contains(created);
    }

    @Test
    void rejectsASecondCohortWithTheSameId() {
        node.post("/cohorts", "{\"projectId\": \"1\", \"id\": \"taken\"}");

        assertError(node.send("POST", "/cohorts", "{\"projectId\": \"1\", \"id\": \"taken\"}"), 409, "key_taken");
        assertError(node.send("POST", "/cohorts", "{\"projectId\": \"1\", \"id\": \"written\"}"), 409, "key_taken");
        assertError(node.send("POST", "/cohorts", "{\"projectId\": \"none\", \"id\": \"x\"}"), 404, "unknown_project");
    }

    @Test
    void renamesACohortWithoutTouchingItsMembers() {
        node.post("/cohorts", "{\"projectId\": \"1\", \"id\": \"old\", \"memberIds\": [\"a\"]}");
        long before = node.get("/cohorts/old").getLong("lastModified");

        JsonObject renamed = node.patch("/cohorts/old", "{\"name\": \"New\", \"description\": \"d\"}", "clearer");

        assertThat(renamed.getString("name")).isEqualTo("New");
        assertThat(renamed.getLong("version")).isEqualTo(2);
        assertThat(renamed.getLong("lastModified")).isEqualTo(before);
        JsonArray versions = node.getList("/cohorts/old/versions");
        assertThat(versions.getJsonObject(0).getString("reason")).isEqualTo("clearer");
        assertThat(versions.getJsonObject(0).getString("digest"))
                .isEqualTo(versions.getJsonObject(1).getString("digest"));
        assertThat(versions.getJsonObject(1).getString("name")).isEqualTo("old");
    }

    @Test
    void addsAndRemovesMembers() {
        node.ok("PUT", "/cohorts/members", "[\"a\", \"b\"]");
        node.create("/flags", flag("targeted", "members"));

        JsonObject added = node.post("/cohorts/members/members", "{\"memberIds\": [\"b\", \"c\", \"d\"]}");

        assertThat(added.getLong("size")).isEqualTo(4);
        Await.until("an added member is in the cohort", () -> isOn("targeted", "d"));
        JsonObject removed = new JsonObject(node.ok("DELETE", "/cohorts/members/members", "[\"a\", \"d\", \"unknown\"]")
                .body());
        assertThat(removed.getLong("size")).isEqualTo(2);
        Await.until("a removed member is not in the cohort", () -> !isOn("targeted", "d"));
        assertThat(isOn("targeted", "b")).isTrue();
        assertThat(isOn("targeted", "c")).isTrue();
        assertThat(isOn("targeted", "a")).isFalse();
    }

    @Test
    void editsOfMembersWithoutEffectOnTheLimitAreAccepted() {
        String members = JsonArray.of(
                        IntStream.range(0, 900).mapToObj(i -> "u" + i).toArray())
                .encode();
        node.ok("PUT", "/cohorts/full", members);

        assertThat(node.post("/cohorts/full/members", members).getLong("size")).isEqualTo(900);
        assertError(node.send("POST", "/cohorts/full/members", members.replace("\"u", "\"v")), 413, "cohort_too_large");
        assertThat(node.get("/cohorts/full").getLong("size")).isEqualTo(900);
    }

    @Test
    void concurrentEditsOfMembersAreAllApplied() {
        node.ok("PUT", "/cohorts/busy", "[]");

        CompletableFuture<?>[] edits = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> node.ok("POST", "/cohorts/busy/members", "[\"user-" + i + "\"]")))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(edits).join();

        assertThat(node.get("/cohorts/busy").getLong("size")).isEqualTo(4);
        assertThat(node.get("/cohorts/busy").getLong("version")).isEqualTo(5);
    }

    @Test
    void namesTheFlagsThatUseACohortAndKeepsItWhileTheyDo() {
        node.ok("PUT", "/cohorts/beta", "[\"a\"]");
        String flag = node.create("/flags", flag("uses-beta", "beta"));

        JsonObject use = node.get("/cohorts/beta").getJsonArray("usedBy").getJsonObject(0);
        assertThat(use)
                .isEqualTo(new JsonObject().put("id", flag).put("type", "flag").put("key", "uses-beta"));
        HttpResponse<String> refused = node.send("DELETE", "/cohorts/beta", "");
        assertError(refused, 409, "in_use");
        assertThat(refused.body()).contains("uses-beta");

        node.patch("/flags/" + flag, "{\"enabled\": false}");
        assertError(node.send("DELETE", "/cohorts/beta", ""), 409, "in_use");
        node.patch("/flags/" + flag + "?force=true", "{\"archive\": true}");
        node.ok("DELETE", "/cohorts/beta", "");
        assertError(node.send("GET", "/cohorts/beta/versions", ""), 404, "unknown_cohort");
    }

    @Test
    void recordsChangesInTheAuditWithoutMembers() {
        node.ok("PUT", "/cohorts/audited", "[\"secret-member\"]", "X-Variate-Reason", "first upload");
        node.ok("POST", "/cohorts/audited/members", "[\"other-member\"]");
        node.ok("DELETE", "/cohorts/audited", "");

        JsonArray entries = new JsonArray(node.get("/audit?limit=1000").getJsonArray("entries").stream()
                .filter(entry -> ((JsonObject) entry).getString("label").equals("audited"))
                .toList());
        assertThat(entries)
                .extracting(entry -> ((JsonObject) entry).getString("action"))
                .containsExactly("delete", "edit", "create");
        assertThat(entries.encode()).doesNotContain("-member");
        JsonObject created = entries.getJsonObject(2);
        assertThat(created.getString("kind")).isEqualTo("cohort");
        assertThat(created.getString("reason")).isEqualTo("first upload");
        assertThat(entries.getJsonObject(1).getJsonArray("diff"))
                .contains(new JsonObject().put("path", "size").put("before", 1).put("after", 2));
    }

    @Test
    void rejectsAChangeOfAVersionThatIsNotTheCurrentOne() {
        node.ok("PUT", "/cohorts/raced", "[\"a\"]");
        String tag = node.ok("GET", "/cohorts/raced", "")
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        node.ok("POST", "/cohorts/raced/members", "[\"b\"]", "If-Match", tag);

        assertError(node.send("POST", "/cohorts/raced/members", "[\"c\"]", "If-Match", tag), 412, "version_conflict");
        assertError(node.send("PUT", "/cohorts/raced", "[\"c\"]", "If-Match", tag), 412, "version_conflict");
        assertError(node.send("DELETE", "/cohorts/raced", "", "If-Match", tag), 412, "version_conflict");
        assertThat(node.get("/cohorts/raced").getLong("size")).isEqualTo(2);
    }

    @Test
    void refusesToEditACohortOfTheDocument() {
        assertThat(node.get("/cohorts/written").getString("origin")).isEqualTo("document");
        assertError(node.send("PATCH", "/cohorts/written", "{\"name\": \"x\"}"), 409, "not_uploaded");
        assertError(node.send("POST", "/cohorts/written/members", "[\"x\"]"), 409, "not_uploaded");
        assertError(node.send("POST", "/cohorts/absent/members", "[\"x\"]"), 404, "unknown_cohort");
    }

    @Test
    void rejectsADryRunInsteadOfWriting() {
        for (String[] write : new String[][] {
            {"POST", "/cohorts", "{\"projectId\": \"1\", \"id\": \"dry\"}"},
            {"PUT", "/cohorts/dry", "[]"},
            {"PATCH", "/cohorts/written", "{}"},
            {"POST", "/cohorts/written/members", "[]"},
            {"DELETE", "/cohorts/written", ""}
        }) {
            assertError(node.send(write[0], write[1] + "?dryRun=true", write[2]), 400, "invalid_parameter");
        }
        assertThat(node.send("GET", "/cohorts/dry", "").statusCode()).isEqualTo(404);
    }

    @Test
    void rejectsAnInvalidReason() {
        HttpResponse<String> answer = node.send(
                "POST", "/cohorts", "{\"projectId\": \"1\", \"id\": \"x\"}", "X-Variate-Reason", "r".repeat(1_001));

        assertError(answer, 400, "invalid_header");
    }

    @Test
    void listsCohortsInPages() {
        IntStream.range(0, 3).forEach(i -> node.ok("PUT", "/cohorts/page-" + i + "?projectId=shop", "[]"));

        JsonObject first = node.get("/cohorts?projectId=shop&limit=2");
        JsonObject second = node.get("/cohorts?projectId=shop&limit=1000&cursor=" + first.getInteger("nextCursor"));

        int all = node.get("/cohorts?projectId=shop").getJsonArray("cohorts").size();
        assertThat(first.getJsonArray("cohorts")).hasSize(2);
        assertThat(second.getJsonArray("cohorts")).hasSize(all - 2);
        assertThat(second.getValue("nextCursor")).isNull();
    }

    @Test
    void onlyAdministratorsChangeCohorts() {
        String editor = new JsonObject(node.send("POST", "/tokens", "{\"name\": \"editor\", \"role\": \"editor\"}")
                        .body())
                .getString("token");

        assertThat(node.sendAs(editor, "GET", "/cohorts", "").statusCode()).isEqualTo(200);
        for (String[] write : new String[][] {
            {"POST", "/cohorts", "{\"projectId\": \"1\", \"id\": \"x\"}"},
            {"PATCH", "/cohorts/written", "{}"},
            {"POST", "/cohorts/written/members", "[]"},
            {"DELETE", "/cohorts/written/members", "[]"},
            {"DELETE", "/cohorts/written", ""}
        }) {
            assertError(node.sendAs(editor, write[0], write[1], write[2]), 403, "forbidden");
        }
    }

    private static String flag(String key, String cohort) {
        return """
                {"projectId": "1", "key": "%s", "bucketingKey": "user_id", "enabled": true, "targetSegments": [
                  {"name": "cohort", "percentage": 100, "rolloutWeights": {"on": 1}, "conditions": [
                    {"type": "property", "prop": "userdata_cohort", "op": "is", "values": ["%s"]}]}]}
                """.formatted(key, cohort);
    }

    private static boolean isOn(String flag, String user) {
        return node.variant(KEY, flag, "{\"user_id\": \"" + user + "\"}").equals("on");
    }

    private static void assertError(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }
}
