package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each rejection of a batch names its write, and rights do not depend on whether a write changes something. */
@Timeout(120)
@Tag("slow")
class BatchRejectionsTest {
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
    void namesTheWriteWithoutTheRight() {
        String mine = node.create("/flags", flag("pay-a"));
        String others = node.create("/flags", flag("other-a"));
        String token = token("{\"name\": \"pay\", \"role\": \"editor\", \"keyPrefixes\": [\"pay-\"]}");

        HttpResponse<String> answer = node.sendAs(token, "POST", "/batch", batch(rename(mine), rename(others)));

        assertRejected(answer, 403, "forbidden", "writes[1]");
    }

    @Test
    void namesTheWriteWithATakenKey() {
        node.create("/flags", flag("taken"));

        assertRejected(send(create(flag("free")), create(flag("taken"))), 409, "key_taken", "writes[1].body.key");
        assertRejected(send(create(flag("twice")), create(flag("twice"))), 409, "key_taken", "writes[1].body.key");
    }

    @Test
    void namesTheWriteThatClosesACycle() {
        String first = node.create("/flags", flag("cycle-a"));
        String second = node.create("/flags", flag("cycle-b"));
        node.patch("/flags/" + first, dependsOn(second));

        HttpResponse<String> answer = send(create(flag("bystander-a")), patch(second, dependsOn(first)));

        assertRejected(answer, 400, "dependency_cycle", "writes[1].body.parentDependencies");
    }

    @Test
    void namesTheWriteOfAnOutdatedVersion() {
        String first = node.create("/flags", flag("version-a"));
        String second = node.create("/flags", flag("version-b"));
        node.patch("/flags/" + second, "{\"name\": \"theirs\"}");

        HttpResponse<String> answer = send(
                rename(first),
                "{\"method\": \"PATCH\", \"path\": \"/flags/" + second
                        + "\", \"ifMatch\": \"\\\"1\\\"\", \"body\": {\"name\": \"ours\"}}");

        assertRejected(answer, 412, "version_conflict", "writes[1]");
        assertThat(RunningNode.error(answer).getJsonObject("conflict").getJsonArray("theirs"))
                .isNotEmpty();
    }

    @Test
    void namesTheWriteWhoseFlagDoesNotCompile() {
        HttpResponse<String> answer = send(create(flag("fine")), create("""
                {"projectId": "1", "key": "broken", "enabled": true, "targetSegments": [
                  {"name": "s", "percentage": 100, "rolloutWeights": {"on": 1}, "conditions": [
                    {"type": "property", "prop": "gp:x", "op": "regex match", "values": ["("]}]}]}
                """));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("path")).startsWith("writes[1].");
    }

    @Test
    void namesTheDeletionOfAPrerequisite() {
        String parent = node.create("/flags", flag("parent"));
        String child = node.create("/flags", flag("child"));
        node.patch("/flags/" + child, dependsOn(parent));

        HttpResponse<String> answer = send(create(flag("bystander-b")), patch(parent, "{\"archive\": true}"));

        assertRejected(answer, 409, "in_use", "writes[1]");
    }

    @Test
    void namesTheOnlyWriteOfABatch() {
        node.create("/flags", flag("only"));

        assertRejected(send(create(flag("only"))), 409, "key_taken", "writes[0].body.key");
    }

    @Test
    void aWriteWithoutEffectOutsideTheScopeIsForbiddenAsWell() {
        String deployment =
                node.create("/deployments", "{\"projectId\": \"1\", \"label\": \"mobile\", \"type\": \"server\"}");
        String id = node.create(
                "/flags",
                "{\"projectId\": \"1\", \"key\": \"scoped\", \"name\": \"same\", \"deployments\": [\"" + deployment
                        + "\"]}");
        String token = token("{\"name\": \"web\", \"role\": \"editor\", \"deployments\": [\"web\"]}");

        for (String name : new String[] {"same", "another"}) {
            HttpResponse<String> answer = node.sendAs(token, "PATCH", "/flags/" + id, "{\"name\": \"" + name + "\"}");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        }
    }

    private static String token(String body) {
        return new JsonObject(node.send("POST", "/tokens", body).body()).getString("token");
    }

    private static HttpResponse<String> send(String... writes) {
        return node.send("POST", "/batch", batch(writes));
    }

    private static String batch(String... writes) {
        return "{\"writes\": [" + String.join(", ", writes) + "]}";
    }

    private static String create(String body) {
        return "{\"method\": \"POST\", \"path\": \"/flags\", \"body\": " + body + "}";
    }

    private static String patch(String id, String body) {
        return "{\"method\": \"PATCH\", \"path\": \"/flags/" + id + "\", \"body\": " + body + "}";
    }

    private static String rename(String id) {
        return patch(id, "{\"name\": \"renamed\"}");
    }

    private static String dependsOn(String id) {
        return "{\"parentDependencies\": {\"flags\": {\"" + id + "\": [\"on\"]}, \"operator\": \"all\"}}";
    }

    private static String flag(String key) {
        return "{\"projectId\": \"1\", \"key\": \"" + key + "\", \"bucketingKey\": \"user_id\", \"enabled\": true}";
    }

    private static void assertRejected(HttpResponse<String> answer, int status, String code, String path) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo(path);
    }
}
