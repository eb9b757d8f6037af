package io.variate.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests for past revisions that are invalid, or reach a node without PostgreSQL. */
class PastRevisionsOfAFileTest {
    private static final String RULESET = """
            {"revision": 7,
             "deployments": [
              {"key": "server-key", "label": "s", "type": "server", "flags": ["*"]},
              {"key": "client-key", "label": "c", "type": "client", "flags": ["*"]}],
             "flags": [{"key": "f", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    revision=7                          | 409 | no_history         | revision
                    at=2027-01-31T09:30:00Z             | 409 | no_history         | at
                    at=2027-01-31T09:30:00.5%2B02:00    | 409 | no_history         | at
                    revision=                           | 400 | invalid_parameter  | revision
                    revision=-1                         | 400 | invalid_parameter  | revision
                    revision=1.0                        | 400 | invalid_parameter  | revision
                    revision=%2B1                       | 400 | invalid_parameter  | revision
                    revision=1%00                       | 400 | invalid_parameter  | revision
                    revision=%D9%A1                     | 400 | invalid_parameter  | revision
                    revision=1234567890123456789        | 400 | invalid_parameter  | revision
                    revision=1&revision=1               | 400 | repeated_parameter | revision
                    revision=1&at=2027-01-31T09:30:00Z  | 400 | invalid_parameter  | at
                    at=                                 | 400 | invalid_parameter  | at
                    at=yesterday                        | 400 | invalid_parameter  | at
                    at=2027-01-31                       | 400 | invalid_parameter  | at
                    at=2027-01-31T09:30:00              | 400 | invalid_parameter  | at
                    at=2027-02-30T09:30:00Z             | 400 | invalid_parameter  | at
                    at=%2B999999999-01-01T00:00:00Z     | 400 | invalid_parameter  | at
                    at=-0001-01-01T00:00:00Z            | 400 | invalid_parameter  | at
                    at=%ED%A0%80                        | 400 | invalid_encoding   | at
                    """)
    void rejectsRequests(String query, int status, String code, String path) {
        for (String endpoint : List.of("explain", "evaluate", "simulate")) {
            HttpResponse<String> answer = node.post(
                    "/v1/" + endpoint + "?" + query, "{\"user_ids\":[\"u\"]}", "Authorization", "Api-Key server-key");

            assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(status);
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
            assertThat(RunningNode.error(answer).getString("path")).isEqualTo(path);
        }
    }

    @Test
    void evaluatesTheServedRulesetWithoutRecording() {
        long before = node.ledger().getLong("evaluated");

        HttpResponse<String> answer = evaluate("server-key", "{\"user_id\":\"u\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo(node.post("/v1/vardata", "{\"user_id\":\"u\"}", "Authorization", "Api-Key server-key")
                        .body());
        assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("7");
        assertThat(node.ledger().getLong("evaluated")).isEqualTo(before + 1);
    }

    @Test
    void evaluatesNothingForAFilterWithoutMatches() {
        HttpResponse<String> answer =
                node.post("/v1/evaluate?flag_keys=other", "{\"user_id\":\"u\"}", "Authorization", "Api-Key server-key");

        assertThat(answer.body()).isEqualTo("{}");
    }

    @Test
    void rejectsClientKeysAndInvalidUsers() {
        assertThat(evaluate("client-key", "{}").statusCode()).isEqualTo(403);
        assertThat(evaluate("other-key", "{}").statusCode()).isEqualTo(401);
        assertThat(evaluate("server-key", "[]").statusCode()).isEqualTo(400);
    }

    private static HttpResponse<String> evaluate(String key, String user) {
        return node.post("/v1/evaluate", user, "Authorization", "Api-Key " + key);
    }
}
