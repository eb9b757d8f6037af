package io.variate.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoints of evaluation-proxy, on a node that replaces it. */
class ProxyReplacementTest {
    private static final String USER = base64("{\"user_id\":\"user-1\"}");

    private static RunningNode node;

    @BeforeAll
    static void startNode() throws IOException {
        node = RunningNode.serving(
                Files.readString(Path.of("conf", "demo-ruleset.json")),
                Map.of(
                        "VARIATE_PROJECT_API_KEY", "demo-api-key",
                        "VARIATE_PROJECT_SECRET_KEY", "demo-secret-key",
                        "VARIATE_METRICS_ENABLED", "true",
                        "VARIATE_METRICS_HOST", "127.0.0.1",
                        "VARIATE_METRICS_PORT", "0",
                        "VARIATE_METRICS_PATH", "/proxy/metrics"));
    }

    @AfterAll
    static void stopNode() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /sdk/v2/vardata",
        "POST, /sdk/v2/vardata",
        "GET, /sdk/vardata",
        "POST, /sdk/vardata",
        "GET, /v1/vardata?user_id=user-1",
        "POST, /v1/vardata"
    })
    void evaluatesOnEveryPathOfTheProxy(String method, String path) {
        HttpResponse<String> answer = node.send(
                method,
                node.httpPort(),
                path,
                method.equals("POST") ? "{\"user_id\":\"user-1\"}" : "",
                "Authorization",
                "Api-Key server-demo-key",
                "X-Amp-Exp-User",
                USER,
                "X-Amp-Exp-Flag-Keys",
                base64("[\"checkout-redesign\"]"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).startsWith("{\"checkout-redesign\":{\"key\":\"treatment\",\"value\":\"treatment\"");
    }

    @Test
    void servesFlagsAndMembershipsAndAuthenticatesCohorts() {
        HttpResponse<String> flags = node.get("/sdk/v2/flags", "Authorization", "Api-Key server-demo-key");
        HttpResponse<String> memberships =
                node.get("/sdk/v2/memberships/User/user-1", "Authorization", "Api-Key server-demo-key");
        String basic = "Basic " + base64("demo-api-key:demo-secret-key");

        assertThat(flags.body()).startsWith("[{\"key\":");
        assertThat(memberships.body()).isEqualTo("[]");
        assertThat(node.get("/sdk/v1/cohort/unknown", "Authorization", basic).statusCode())
                .isEqualTo(404);
        assertThat(node.get("/sdk/v1/cohort/unknown").statusCode()).isEqualTo(401);
    }

    @Test
    void reportsItsStatusLikeTheProxyOnceItHasFlags() {
        HttpResponse<String> status = node.get("/status");

        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.body()).isEqualTo("OK");
        try (RunningNode empty = RunningNode.start(Map.of())) {
            assertThat(empty.get("/status").statusCode()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void cannotBeStoppedByARequest(String method) {
        assertThat(node.send(method, node.httpPort(), "/shutdown", "").statusCode())
                .isEqualTo(404);
        assertThat(node.get("/status").statusCode()).isEqualTo(200);
    }

    @Test
    void servesMetricsOnTheirOwnPortAndNothingElse() {
        int port = node.node().metricsPort();

        HttpResponse<String> metrics = node.send("GET", port, "/proxy/metrics", "");

        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.body()).contains("variate_ruleset_revision");
        assertThat(metrics.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(port).isNotIn(node.httpPort(), node.adminPort());
        for (String path : new String[] {"/metrics", "/health/ready", "/api/1/ruleset", "/api/1/ledger", "/"}) {
            assertThat(node.send("GET", port, path, "", "Authorization", "Bearer " + RunningNode.TOKEN)
                            .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        assertThat(node.send("POST", port, "/proxy/metrics", "").statusCode()).isEqualTo(405);
    }

    @Test
    void opensNoMetricsPortByDefault() {
        try (RunningNode other = RunningNode.start(Map.of())) {
            assertThat(other.node().metricsPort()).isZero();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
