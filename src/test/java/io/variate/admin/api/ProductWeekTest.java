package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The week of a product engineer: an experiment from the first idea in staging to its archive in production. */
@Timeout(120)
@Tag("slow")
class ProductWeekTest {
    private static final int USERS = 400;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        node.put("""
                {"projects": {
                  "staging": {"flags": [], "deployments": [{"key": "staging-key", "label": "app", "type": "server", "flags": []}]},
                  "production": {"flags": [], "deployments": [{"key": "production-key", "label": "app", "type": "server", "flags": []}]}}}
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void theWeekOfAProductEngineer() {
        // Monday: an A/B test of a new checkout for 20 % of premium users in two countries, with two testers.
        String experiment = node.create("/experiments", """
                {"projectId": "staging", "key": "checkout", "enabled": true, "bucketingKey": "user_id",
                 "deployments": ["%s"],
                 "variants": [{"key": "control"}, {"key": "treatment", "payload": {"steps": 1}}],
                 "inclusions": {"treatment": {"users": ["tester-1"]}, "control": {"users": ["tester-2"]}},
                 "targetSegments": [{"name": "Premium in DACH", "percentage": 20,
                   "rolloutWeights": {"control": 1, "treatment": 1},
                   "conditions": [
                     {"type": "property", "prop": "country", "op": "is", "values": ["DE", "AT"]},
                     {"type": "property", "prop": "gp:plan", "op": "is", "values": ["premium"]}]}]}
                """.formatted(deployment("staging")));
        Map<String, String> onMonday = audience("staging-key");
        assertThat(share(onMonday)).as("20 % of the audience").isBetween(12.0, 28.0);
        assertThat(onMonday).containsValues("control", "treatment");
        assertThat(node.variant("staging-key", "checkout", "{\"user_id\":\"tester-1\"}"))
                .isEqualTo("treatment");
        assertThat(node.variant("staging-key", "checkout", "{\"user_id\":\"tester-2\"}"))
                .isEqualTo("control");
        assertThat(node.variant("staging-key", "checkout", premium("user-1", "FR")))
                .isEqualTo("off");

        // Tuesday: it works in staging, so it goes to production, to the deployment there.
        JsonObject preview =
                node.post("/experiments/" + experiment + "/copy?dryRun=true", "{\"projectId\":\"production\"}");
        assertThat(preview.getJsonArray("changes").getJsonObject(0).getString("action"))
                .isEqualTo("copy");
        assertThat(node.get("/experiments?projectId=production").getJsonArray("experiments"))
                .isEmpty();
        String live = node.post("/experiments/" + experiment + "/copy", "{\"projectId\":\"production\"}")
                .getJsonArray("results")
                .getJsonObject(0)
                .getString("id");
        node.confirmed(
                "POST",
                "/experiments/" + live + "/deployments",
                "{\"deployments\":[\"%s\"]}".formatted(deployment("production")));
        Map<String, String> atTwenty = audience("production-key");
        assertThat(atTwenty).as("the same users as in staging").isEqualTo(onMonday);

        // It must not overlap with the search team's experiment, and 5 % of all users never see any experiment.
        String search = node.create("/experiments", """
                {"projectId": "production", "key": "search", "deployments": ["%s"]}""".formatted(deployment("production")));
        String mutex = node.create("/mutexes", """
                {"projectId": "production", "name": "Conversion", "key": "conversion", "bucketingKey": "user_id",
                 "slots": [{"percentage": 80, "experiments": [%s]}, {"percentage": 20, "experiments": [%s]}]}
                """.formatted(live, search));
        String holdout = node.create("/holdouts", """
                {"projectId": "production", "name": "Q4", "holdoutPercentage": 5, "bucketingKey": "user_id",
                 "experiments": [%s, %s]}
                """.formatted(live, search));
        Map<String, String> exclusive = audience("production-key");
        assertThat(assigned(exclusive))
                .as("some users are in other slots or held out")
                .isLessThan(assigned(atTwenty));
        assertUnchanged(exclusive, atTwenty);

        // Wednesday: 50 %. Nobody who had a variant changes it.
        node.patch("/experiments/" + live, segments(50), "ramp to half of the audience");
        Map<String, String> atFifty = audience("production-key");
        assertThat(assigned(atFifty)).isGreaterThan(assigned(exclusive));
        assertUnchanged(exclusive, atFifty);

        // A colleague may look, but not touch.
        HttpResponse<String> created = node.send("POST", "/tokens", "{\"name\":\"colleague\",\"role\":\"viewer\"}");
        String colleague = new JsonObject(created.body()).getString("token");
        HttpResponse<String> seen = node.sendAs(colleague, "GET", "/experiments/" + live, "");
        assertThat(seen.statusCode()).isEqualTo(200);
        HttpResponse<String> refused = node.sendAs(colleague, "PATCH", "/experiments/" + live, "{\"enabled\":false}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(RunningNode.error(refused).getString("code")).isEqualTo("forbidden");

        // Thursday: somebody switches it off by mistake. Who was it, and undo.
        node.patch("/experiments/" + live, "{\"enabled\": false}", "wrong window");
        assertThat(assigned(audience("production-key"))).isZero();
        JsonObject last = node.get("/audit?resourceId=" + live + "&limit=1")
                .getJsonArray("entries")
                .getJsonObject(0);
        assertThat(last.getString("actor")).isEqualTo("admin.token");
        assertThat(last.getString("reason")).isEqualTo("wrong window");
        assertThat(last.getJsonArray("diff").getJsonObject(0).getString("path")).isEqualTo("enabled");
        node.post("/experiments/" + live + "/versions/" + (last.getInteger("version") - 1) + "/revert", "");
        assertThat(audience("production-key")).isEqualTo(atFifty);

        // Friday: treatment wins and goes to everybody, without groups.
        node.patch("/mutexes/" + mutex, "{\"archive\": true}", "decided");
        node.patch("/holdouts/" + holdout, "{\"archive\": true}", "decided");
        node.patch("/experiments/" + live, """
                {"targetSegments": [], "rolloutPercentage": 100, "rolloutWeights": {"control": 0, "treatment": 1},
                 "decision": "rollout", "rolledOutVariant": "treatment"}
                """, "treatment converts better");
        assertThat(audience("production-key")).as("everybody").hasSize(USERS).containsValue("treatment");
        assertThat(audience("production-key").values()).containsOnly("treatment");

        // The code is cleaned up, and the experiment is archived.
        node.patch("/experiments/" + live, "{\"archive\": true}", "cleaned up");
        assertThat(node.variants("production-key", premium("user-1", "DE")).containsKey("checkout"))
                .isFalse();
        assertThat(node.get("/experiments?projectId=production&key=checkout").getJsonArray("experiments"))
                .isEmpty();

        // The whole story.
        List<Object> reasons = node.get("/audit?resourceId=" + live).getJsonArray("entries").stream()
                .map(entry -> ((JsonObject) entry).getValue("reason"))
                .toList();
        assertThat(reasons)
                .containsSubsequence(
                        "cleaned up", "treatment converts better", "wrong window", "ramp to half of the audience");
    }

    private static String deployment(String project) {
        JsonArray all = node.get("/deployments?projectId=" + project).getJsonArray("deployments");
        return all.getJsonObject(0).getString("id");
    }

    private static String segments(int percentage) {
        return """
                {"targetSegments": [{"name": "Premium in DACH", "percentage": %d,
                   "rolloutWeights": {"control": 1, "treatment": 1},
                   "conditions": [
                     {"type": "property", "prop": "country", "op": "is", "values": ["DE", "AT"]},
                     {"type": "property", "prop": "gp:plan", "op": "is", "values": ["premium"]}]}]}
                """.formatted(percentage);
    }

    /** The variant of each user in the audience. */
    private static Map<String, String> audience(String deploymentKey) {
        Map<String, String> variants = new TreeMap<>();
        IntStream.range(0, USERS).forEach(i -> {
            String id = "user-" + i;
            variants.put(id, node.variant(deploymentKey, "checkout", premium(id, i % 2 == 0 ? "DE" : "AT")));
        });
        return variants;
    }

    private static String premium(String id, String country) {
        return new JsonObject()
                .put("user_id", id)
                .put("country", country)
                .put("user_properties", new JsonObject().put("plan", "premium"))
                .encode();
    }

    private static long assigned(Map<String, String> variants) {
        return variants.values().stream()
                .filter(variant -> !variant.equals("off"))
                .count();
    }

    private static double share(Map<String, String> variants) {
        return 100.0 * assigned(variants) / variants.size();
    }

    /** Nobody who has a variant in the first audience has another one in the second; either may be off. */
    private static void assertUnchanged(Map<String, String> before, Map<String, String> after) {
        before.forEach((user, variant) -> {
            if (!variant.equals("off") && !"off".equals(after.get(user))) {
                assertThat(after.get(user)).as(user).isEqualTo(variant);
            }
        });
    }
}
