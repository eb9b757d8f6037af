package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.document.Deployment;
import io.variate.testing.LogLines;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deployment keys rotate with overlap. */
@Tag("slow")
class KeyRotationTest {
    private static final String FIRST_KEY = "server-first-key";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @BeforeEach
    void putRuleset() {
        put("");
    }

    private static HttpResponse<String> put(String fields) {
        HttpResponse<String> put = node.put("{\"deployments\": [{\"key\": \"" + FIRST_KEY
                + "\", \"label\": \"web\", \"type\": \"server\", \"flags\": [\"f\"]" + fields + "}],"
                + "\"flags\": [{\"key\": \"f\", \"variants\": {\"on\": {\"key\": \"on\"}},"
                + " \"segments\": [{\"variant\": \"on\"}]}]}");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        return put;
    }

    @Test
    void bothKeysAreValidDuringTheOverlap() {
        JsonObject rotated = rotate("{\"overlapHours\": 48}");

        String key = rotated.getString("key");
        assertThat(key).startsWith("server-").isNotEqualTo(FIRST_KEY);
        assertThat(rotated.getJsonObject("previousKey").getString("key")).isEqualTo(FIRST_KEY);
        assertThat(Instant.parse(rotated.getJsonObject("previousKey").getString("expiresAt")))
                .isBetween(Instant.now().plusSeconds(47 * 3_600), Instant.now().plusSeconds(49 * 3_600));
        assertThat(evaluate(key)).isEqualTo(200);
        assertThat(evaluate(FIRST_KEY)).isEqualTo(200);
        assertThat(rotated.getString("id")).isEqualTo(deployment().getString("id"));
    }

    @Test
    void bothKeysServeTheSameFlagsAfterAChange() {
        String key = rotate("").getString("key");

        HttpResponse<String> changed = node.admin(
                "PUT",
                "/api/1/ruleset/flags/f",
                "{\"key\": \"f\", \"variants\": {\"new\": {\"key\": \"new\"}}, \"segments\": [{\"variant\": \"new\"}]}");

        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(variants(key)).isEqualTo("{\"f\":{\"key\":\"new\"}}").isEqualTo(variants(FIRST_KEY));
    }

    @Test
    void withoutOverlapThePreviousKeysAreInvalidAtOnce() {
        String second = rotate("").getString("key");
        JsonObject rotated = rotate("{\"overlapHours\": 0}");

        assertThat(rotated.containsKey("previousKey")).isFalse();
        assertThat(evaluate(rotated.getString("key"))).isEqualTo(200);
        assertThat(evaluate(second)).isEqualTo(401);
        assertThat(evaluate(FIRST_KEY)).isEqualTo(401);
    }

    @Test
    void aSecondRotationWaitsForTheEndOfTheOverlap() {
        rotate("");

        HttpResponse<String> second = request("{\"overlapHours\": 1}");

        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(RunningNode.error(second).getString("code")).isEqualTo("rotation_in_progress");
        assertThat(evaluate(FIRST_KEY)).isEqualTo(200);
    }

    @Test
    void aPreviousKeyIsRefusedFromItsExpiryOn() {
        put(", \"previousKey\": {\"key\": \"old-key\", \"expiresAt\": \"2999-01-01T00:00:00Z\"}");
        assertThat(evaluate("old-key")).isEqualTo(200);

        put(", \"previousKey\": {\"key\": \"old-key\", \"expiresAt\": \"2020-01-01T00:00:00Z\"}");
        assertThat(evaluate("old-key")).isEqualTo(401);
        assertThat(evaluate(FIRST_KEY)).isEqualTo(200);
    }

    @Test
    void anotherDeploymentCannotTakeAPreviousKey() {
        rotate("");

        HttpResponse<String> taken = node.admin(
                "PUT",
                "/api/1/ruleset/projects/other",
                "{\"deployments\": [{\"key\": \"" + FIRST_KEY
                        + "\", \"label\": \"x\", \"type\": \"server\", \"flags\": []}], \"flags\": []}");

        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(400);
        assertThat(taken.body()).doesNotContain(FIRST_KEY);
        assertThat(variants(FIRST_KEY)).isEqualTo("{\"f\":{\"key\":\"on\"}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "7",
                "{\"overlapHours\": -1}",
                "{\"overlapHours\": 8761}",
                "{\"overlapHours\": \"1\"}",
                "{\"overlapHours\": 1.5}",
                "{\"overlap\": 1}"
            })
    void rejectsInvalidOverlaps(String body) {
        assertThat(request(body).statusCode()).isEqualTo(400);
        assertThat(evaluate(FIRST_KEY)).isEqualTo(200);
    }

    @Test
    void keysAppearNeitherInLogsNorInTheAudit() {
        try (LogLines all = LogLines.ofAll()) {
            String key = rotate("").getString("key");

            HttpResponse<String> audit = node.admin("GET", "/api/1/audit", "");
            assertThat(audit.statusCode()).isEqualTo(200);
            assertThat(audit.body()).contains("previousKey").doesNotContain(key, FIRST_KEY);
            assertThat(String.join("\n", all.all())).doesNotContain(key, FIRST_KEY);
        }
        assertThat(new Deployment(
                                "secret",
                                "l",
                                Deployment.Type.SERVER,
                                null,
                                List.of(),
                                0,
                                false,
                                false,
                                new Deployment.PreviousKey("old-secret", Instant.EPOCH))
                        .toString())
                .doesNotContain("secret");
        assertThat(new Deployment.PreviousKey("old-secret", Instant.EPOCH).toString())
                .doesNotContain("secret");
    }

    private static JsonObject deployment() {
        return new JsonObject(node.admin("GET", "/api/1/deployments", "").body())
                .getJsonArray("deployments").stream()
                        .map(JsonObject.class::cast)
                        .filter(each -> !each.getBoolean("deleted"))
                        .filter(each -> each.getString("projectId").equals("1"))
                        .findFirst()
                        .orElseThrow();
    }

    private static HttpResponse<String> request(String body) {
        return node.admin("POST", "/api/1/deployments/" + deployment().getString("id") + "/rotate", body);
    }

    private static JsonObject rotate(String body) {
        HttpResponse<String> rotated = request(body);
        assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
        return new JsonObject(rotated.body());
    }

    private static int evaluate(String key) {
        return node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key " + key)
                .statusCode();
    }

    private static String variants(String key) {
        return node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key " + key)
                .body();
    }
}
