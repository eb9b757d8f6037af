package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The requests of Amplitude's evaluation proxy at startup, with Variate as its server. */
@Timeout(60)
class EvaluationProxyTest {
    private static final String DOCUMENT = """
            {"deployments": [
              {"key": "server-key", "label": "shop", "type": "server", "flags": ["*"]},
              {"key": "client-key", "label": "app", "type": "client", "flags": ["*"]},
              {"key": "eu-key", "label": "elsewhere", "type": "server", "zone": "eu", "flags": ["*"]}],
             "flags": [{"key": "beta", "metadata": {"evaluationMode": "local"}, "variants": {"on": {"key": "on"}}, "segments": [
               {"variant": "on", "conditions": [[
                 {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["testers"]}]]}]}],
             "cohorts": [{"id": "testers", "lastModified": 1720000000000, "memberIds": ["alice", "bob"]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                DOCUMENT, Map.of("VARIATE_PROJECT_API_KEY", "api-key", "VARIATE_PROJECT_SECRET_KEY", "secret-key"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void theProxyFetchesDeploymentsThenFlagsThenCohorts() {
        List<JsonObject> deployments = deployments();
        assertThat(deployments)
                .extracting(deployment -> deployment.getString("label"))
                .containsExactly("app", "shop");

        for (JsonObject deployment : deployments) {
            HttpResponse<String> flags = node.get(
                    "/sdk/v2/flags?v=0",
                    "Authorization",
                    "Api-Key " + deployment.getString("key"),
                    "X-Amp-Exp-Library",
                    "evaluation-proxy/0.11.3");
            assertThat(flags.statusCode()).isEqualTo(200);
            assertThat(flags.body()).contains("\"beta\"").contains("testers");
        }

        String credentials = Base64.getEncoder().encodeToString("api-key:secret-key".getBytes(StandardCharsets.UTF_8));
        HttpResponse<String> cohort = node.get(
                "/sdk/v1/cohort/testers?maxCohortSize=2147483647",
                "Authorization",
                "Basic " + credentials,
                "X-Amp-Exp-Library",
                "evaluation-proxy/0.11.3");
        assertThat(cohort.statusCode()).isEqualTo(200);
        // The proxy parses the body as a stream and needs these fields before the members.
        assertThat(cohort.body().indexOf("\"memberIds\""))
                .isGreaterThan(cohort.body().indexOf("\"cohortId\""))
                .isGreaterThan(cohort.body().indexOf("\"groupType\""))
                .isGreaterThan(cohort.body().indexOf("\"lastModified\""));
    }

    @Test
    void aDeploymentHasTheFieldsThatTheProxyRequires() {
        for (JsonObject deployment : deployments()) {
            assertThat(deployment.fieldNames()).contains("id", "projectId", "label", "key", "deleted");
            assertThat(deployment.getValue("id")).isInstanceOf(String.class);
            assertThat(deployment.getValue("projectId")).isInstanceOf(String.class);
            assertThat(deployment.getBoolean("deleted")).isFalse();
        }
        assertThat(deployments())
                .extracting(deployment -> deployment.getString("id"))
                .doesNotHaveDuplicates();
    }

    @Test
    void listingDeploymentsRequiresTheToken() {
        assertThat(node.send("GET", node.adminPort(), "/api/1/deployments", "", "Authorization", "Bearer wrong")
                        .statusCode())
                .isEqualTo(401);
        assertThat(node.admin("POST", "/api/1/deployments", "{}").statusCode())
                .as("a node with a ruleset file")
                .isEqualTo(409);
    }

    private static List<JsonObject> deployments() {
        HttpResponse<String> answer = node.admin("GET", "/api/1/deployments", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        return new JsonObject(answer.body())
                .getJsonArray("deployments").stream()
                        .map(JsonObject.class::cast)
                        .toList();
    }
}
