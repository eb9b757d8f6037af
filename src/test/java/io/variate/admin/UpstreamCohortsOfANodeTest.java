package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node whose upstream is another node with cohorts. */
@Timeout(120)
class UpstreamCohortsOfANodeTest {
    private static final String CREDENTIALS =
            "Basic " + Base64.getEncoder().encodeToString("api-key:secret-key".getBytes(StandardCharsets.UTF_8));

    @SuppressWarnings("NullAway.Init")
    private static RunningNode upstream;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode front;

    @BeforeAll
    static void start() {
        upstream = RunningNode.serving(
                document(5, List.of("alice")),
                Map.of("VARIATE_PROJECT_API_KEY", "api-key", "VARIATE_PROJECT_SECRET_KEY", "secret-key"));
        String url = "http://127.0.0.1:" + upstream.httpPort();
        front = RunningNode.start(Map.of(
                "VARIATE_UPSTREAM_FLAGS_URL", url,
                "VARIATE_UPSTREAM_STREAM_URL", url,
                "VARIATE_UPSTREAM_COHORTS_URL", url,
                "VARIATE_UPSTREAM_API_KEY", "api-key",
                "VARIATE_UPSTREAM_SECRET_KEY", "secret-key",
                "VARIATE_UPSTREAM_DEPLOYMENT_KEYS", "server-key",
                "VARIATE_UPSTREAM_COHORTS_INTERVAL", "100ms",
                "VARIATE_RULESETS_CHECK_INTERVAL", "50ms"));
    }

    @AfterAll
    static void stop() {
        front.close();
        upstream.close();
    }

    @Test
    void evaluatesMembersOfACohortOfTheUpstreamAndFollowsItsChanges() {
        Await.until("the cohort can be downloaded", () -> download().statusCode() == 200);
        Await.until("alice gets the variant", () -> isOn("alice"));
        assertThat(isOn("bob")).isFalse();

        upstream.rewrite(document(6, List.of("alice", "bob")));

        Await.until("bob gets the variant", () -> isOn("bob"));
        assertThat(cohorts().getString("status")).isEqualTo("up");
    }

    @Test
    void clientsDownloadTheCohortFromTheNode() {
        Await.until("the cohort can be downloaded", () -> download().statusCode() == 200);

        JsonObject cohort = new JsonObject(download().body());

        assertThat(cohort.getString("groupType")).isEqualTo("User");
        assertThat(cohort.getJsonArray("memberIds")).contains("alice");
    }

    @Test
    void cohortsAreReadOnly() {
        for (String method : List.of("PUT", "DELETE")) {
            HttpResponse<String> answer = front.admin(method, "/api/1/cohorts/testers", "[]");

            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("read_only");
        }
    }

    private static boolean isOn(String user) {
        return front.get("/v1/vardata?user_id=" + user, "Authorization", "Api-Key server-key")
                .body()
                .contains("\"on\"");
    }

    private static HttpResponse<String> download() {
        return front.get("/sdk/v1/cohort/testers?maxCohortSize=2147483647", "Authorization", CREDENTIALS);
    }

    private static JsonObject cohorts() {
        return new JsonObject(front.admin("GET", "/health/ready", "").body())
                .getJsonObject("dependencies")
                .getJsonObject("cohorts");
    }

    private static String document(long lastModified, List<String> members) {
        return """
                {"deployments": [{"key": "server-key", "label": "shop", "type": "server", "flags": ["*"]}],
                 "flags": [{"key": "beta", "metadata": {"evaluationMode": "local"}, "variants": {"on": {"key": "on", "value": "on"}},
                   "segments": [{"variant": "on", "conditions": [[
                     {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["testers"]}]]}]}],
                 "cohorts": [{"id": "testers", "lastModified": %d, "memberIds": ["%s"]}]}""".formatted(lastModified, String.join("\", \"", members));
    }
}
