package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are repeated with the same {@code Idempotency-Key}. */
@Timeout(120)
@Tag("slow")
class RepeatedRequestsTest {
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
    void aRepeatedRequestHasTheHeadersOfTheFirstAnswer() {
        String id = node.create("/flags", flag("headers"));
        String variant = "{\"key\": \"second\"}";
        String path = "/flags/" + id + "/variants";

        HttpResponse<String> first = node.ok("POST", path, variant, "Idempotency-Key", "k");
        HttpResponse<String> repeated = node.ok("POST", path, variant, "Idempotency-Key", "k");

        assertThat(first.headers().firstValue("X-Variate-Revision")).isPresent();
        assertThat(first.headers().allValues("X-Variate-Warning")).isNotEmpty();
        for (String header : new String[] {"X-Variate-Revision", "X-Variate-Warning", "ETag"}) {
            assertThat(repeated.headers().allValues(header))
                    .isEqualTo(first.headers().allValues(header));
        }
        assertThat(repeated.body()).isEqualTo(first.body());
    }

    @Test
    void aLaterTokenOfTheSameNameDoesNotSeeKeptAnswers() {
        JsonObject first = token("ci");
        String created = send(first, flag("first")).body();
        assertThat(send(first, flag("first")).body()).isEqualTo(created);
        assertThat(node.send("DELETE", "/tokens/" + first.getString("id"), "").statusCode())
                .isEqualTo(200);

        HttpResponse<String> answer = send(token("ci"), flag("second"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isNotEqualTo(created);
    }

    private static HttpResponse<String> send(JsonObject token, String body) {
        return node.node()
                .send(
                        "POST",
                        node.node().adminPort(),
                        "/api/1/flags",
                        body,
                        "Authorization",
                        "Bearer " + token.getString("token"),
                        "Idempotency-Key",
                        "same");
    }

    private static JsonObject token(String name) {
        HttpResponse<String> created =
                node.send("POST", "/tokens", "{\"name\": \"" + name + "\", \"role\": \"editor\"}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return new JsonObject(created.body());
    }

    private static String flag(String key) {
        return "{\"projectId\": \"1\", \"key\": \"" + key
                + "\", \"bucketingKey\": \"user_id\", \"enabled\": true, \"rolloutPercentage\": 50}";
    }
}
