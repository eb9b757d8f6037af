package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The management API of a node without PostgreSQL, and requests of pages. */
@Timeout(60)
class UnmanagedNodeTest {
    private static final String PAGE = "https://app.contentful.com";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving("""
                {"deployments": [{"key": "server-key", "label": "shop", "type": "server", "flags": ["*"]}], "flags": []}""", Map.of("VARIATE_ADMIN_CORS_ORIGINS", PAGE));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /flags",
                "POST /flags",
                "GET /flags/1",
                "PATCH /flags/1",
                "DELETE /flags/1",
                "GET /experiments/1/variants",
                "POST /deployments",
                "GET /mutexes",
                "GET /holdout",
                "GET /versions",
                "GET /audit",
                "POST /batch",
            })
    void answersThatItManagesNoFlags(String request) {
        String[] parts = request.split(" ", 2);

        HttpResponse<String> answer = node.admin(parts[0], "/api/1" + parts[1], "");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("not_managed_here");
    }

    @Test
    void listsTheDeploymentsOfItsRuleset() {
        JsonObject list =
                new JsonObject(node.admin("GET", "/api/1/deployments", "").body());

        assertThat(list.getJsonArray("deployments").getJsonObject(0).getString("key"))
                .isEqualTo("server-key");
    }

    @Test
    void describesItsAdminPortWithoutAToken() {
        HttpResponse<String> answer = node.send("GET", node.adminPort(), "/openapi.json", "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getJsonObject("info").getString("title"))
                .isEqualTo("Variate administration");
    }

    // Pages

    @Test
    void answersAPreflightWithoutAToken() throws IOException {
        Answer answer = RawConnection.exchange(
                node.adminPort(),
                "OPTIONS /api/1/flags HTTP/1.1\r\nHost: localhost\r\nOrigin: " + PAGE
                        + "\r\nAccess-Control-Request-Method: PATCH\r\n\r\n");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly(PAGE);
        assertThat(answer.header("Access-Control-Allow-Methods").get(0)).contains("PATCH", "DELETE");
        assertThat(answer.header("Access-Control-Allow-Headers").get(0)).contains("Authorization", "If-Match");
    }

    @Test
    void letsPagesOfListedOriginsReadAnswersAndErrors() throws IOException {
        for (String path : List.of("/api/1/deployments", "/api/1/flags", "/api/1/none")) {
            Answer answer = RawConnection.exchange(
                    node.adminPort(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nOrigin: " + PAGE + "\r\n\r\n");

            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly(PAGE);
        }
    }

    @Test
    void doesNotLetOtherPagesReadAnswers() throws IOException {
        Answer answer = RawConnection.exchange(
                node.adminPort(),
                "OPTIONS /api/1/flags HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example.com\r\n\r\n");

        assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
    }
}
