package io.variate.ofrep;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Sends requests like a provider, and validates each answer against the protocol. */
final class Provider {
    private static final Set<String> REASONS =
            Set.of("STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "DEFAULT", "UNKNOWN");

    private static final Set<String> ERRORS =
            Set.of("PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "FLAG_NOT_FOUND", "GENERAL");

    private final RunningNode node;
    private final List<String> credentials;

    Provider(RunningNode node, String... credentials) {
        this.node = node;
        this.credentials = List.of(credentials);
    }

    /** The resolution of an existing flag for a context. */
    JsonObject resolve(String flagKey, String context) {
        HttpResponse<String> answer = one(flagKey, "{\"context\": " + context + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonObject resolution = new JsonObject(answer.body());
        assertThat(resolution.getString("key")).isEqualTo(flagKey);
        return resolution;
    }

    /** Requests one flag. */
    HttpResponse<String> one(String flagKey, String body, String... headers) {
        HttpResponse<String> answer =
                post("/ofrep/v1/evaluate/flags/" + RunningNode.encode(flagKey).replace("+", "%20"), body, headers);
        if (answer.statusCode() == 200) {
            assertResolution(new JsonObject(answer.body()));
        } else {
            assertThat(new JsonObject(answer.body()).getString("key")).isEqualTo(flagKey);
        }
        return answer;
    }

    /** Requests all flags. */
    HttpResponse<String> all(String body, String... headers) {
        return send("", body, headers);
    }

    /** As {@link #all}, with query parameters. */
    HttpResponse<String> send(String query, String body, String... headers) {
        HttpResponse<String> answer = post("/ofrep/v1/evaluate/flags" + query, body, headers);
        if (answer.statusCode() == 200) {
            JsonObject bulk = new JsonObject(answer.body());
            assertThat(bulk.fieldNames())
                    .isSubsetOf("flags", "eventStreams", "metadata")
                    .contains("flags");
            assertThat(bulk.getJsonArray("flags")).allSatisfy(flag -> assertResolution((JsonObject) flag));
            assertThat(answer.headers().firstValue("ETag")).isPresent();
        }
        return answer;
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        String[] all = Stream.concat(
                        Stream.of("Content-Type", "application/json; charset=utf-8"),
                        Stream.concat(credentials.stream(), Stream.of(headers)))
                .toArray(String[]::new);
        HttpResponse<String> answer = node.post(path, body, all);
        if (answer.statusCode() == 304) {
            assertThat(answer.body()).isEmpty();
            assertThat(answer.headers().firstValue("ETag")).isPresent();
            return answer;
        }
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        if (answer.statusCode() != 200) {
            assertFailure(new JsonObject(answer.body()));
        }
        return answer;
    }

    private static void assertResolution(JsonObject resolution) {
        assertThat(resolution.fieldNames()).isSubsetOf("key", "reason", "variant", "value", "metadata");
        assertThat(resolution.getValue("key")).isInstanceOf(String.class);
        assertThat(resolution.getString("reason")).isIn(REASONS);
        assertThat(resolution.getValue("variant")).isInstanceOf(String.class);
        assertThat(resolution.getMap()).doesNotContainValue(null);
        Map<String, Object> metadata =
                resolution.getJsonObject("metadata", new JsonObject()).getMap();
        assertThat(metadata.values())
                .allMatch(value -> value instanceof String || value instanceof Number || value instanceof Boolean);
    }

    private static void assertFailure(JsonObject failure) {
        assertThat(failure.fieldNames()).isSubsetOf("key", "errorCode", "errorDetails");
        assertThat(failure.getString("errorCode")).isIn(ERRORS);
        assertThat(failure.getString("errorDetails")).isNotBlank();
    }
}
