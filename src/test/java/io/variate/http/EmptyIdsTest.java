package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EventsReader;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An empty id counts as missing in every kind of request. */
@Timeout(60)
@Tag("slow")
class EmptyIdsTest {
    private static final String RULESET = """
            {"revision": 7,
             "deployments": [
              {"key": "server-key", "label": "checkout", "type": "server", "flags": ["*"]},
              {"key": "no-flags", "label": "none", "type": "server", "flags": []}],
             "flags": [
              {"key": "identity", "variants": {"none": {"key": "none"}, "some": {"key": "some"}}, "segments": [
               {"conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["(none)"]}]],
                "variant": "none"},
               {"variant": "some"}]},
              {"key": "nothing", "variants": {}, "segments": []}]}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EventNode events;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        events = EventNode.start(directory, RULESET, Map.of());
        node = events.node();
    }

    @AfterAll
    static void stop() {
        events.close();
    }

    /** The kinds of requests that contain a user. */
    enum RequestForm {
        PARAMETERS {
            @Override
            HttpResponse<String> send(String user) {
                String query = new JsonObject(user)
                        .stream()
                                .map(field -> "&" + field.getKey() + "="
                                        + RunningNode.encode(String.valueOf(field.getValue())))
                                .reduce("", String::concat);
                return node.get("/v1/vardata?v=0" + query, headers());
            }
        },
        CONTEXT {
            @Override
            HttpResponse<String> send(String user) {
                return node.get("/v1/vardata?user_id=&device_id=&context=" + RunningNode.encode(user), headers());
            }
        },
        BODY {
            @Override
            HttpResponse<String> send(String user) {
                return node.post("/v1/vardata?user_id=", user, headers());
            }
        },
        HEADER {
            @Override
            HttpResponse<String> send(String user) {
                String encoded = Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
                return node.get("/sdk/v2/vardata", headers("X-Amp-Exp-User", encoded));
            }
        },
        SDK_BODY {
            @Override
            HttpResponse<String> send(String user) {
                return node.post("/sdk/v2/vardata", user, headers());
            }
        },
        OLD_SDK_BODY {
            @Override
            HttpResponse<String> send(String user) {
                return node.post("/sdk/vardata", user, headers());
            }
        },
        OFREP {
            @Override
            HttpResponse<String> send(String user) {
                return node.post(
                        "/ofrep/v1/evaluate/flags/identity",
                        "{\"context\": " + new JsonObject(user).put("targetingKey", "") + "}",
                        headers());
            }
        },
        OFREP_BULK {
            @Override
            HttpResponse<String> send(String user) {
                return node.post("/ofrep/v1/evaluate/flags", "{\"context\": " + user + "}", headers());
            }
        };

        abstract HttpResponse<String> send(String user);

        private static String[] headers(String... more) {
            return Stream.concat(
                            Stream.of("Authorization", "Api-Key server-key", "X-Amp-Exp-Exposure-Track", "track"),
                            Stream.of(more))
                    .toArray(String[]::new);
        }
    }

    @ParameterizedTest
    @EnumSource
    void doesNotRecordUsersWithoutAnId(RequestForm form) {
        JsonObject before = node.ledger();
        for (String user : List.of("{}", "{\"user_id\": \"\"}", "{\"user_id\": \"\", \"device_id\": \"\"}")) {
            assertThat(form.send(user).statusCode()).as(user).isEqualTo(200);
        }
        JsonObject after = node.ledger();
        assertThat(increase("evaluated", before, after)).isEqualTo(3);
        assertThat(increase("untracked", before, after)).isEqualTo(3);
        assertThat(increase("exposures", before, after)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void keysEventsByTheFirstIdThatIsNotEmpty(RequestForm form) {
        String device = "device-by-" + form;

        assertThat(form.send("{\"user_id\": \"\", \"device_id\": \"" + device + "\"}")
                        .statusCode())
                .isEqualTo(200);

        assertThat(delivered(device)).hasSize(2).allSatisfy(event -> assertThat(
                        new JsonObject(event.value()).fieldNames())
                .contains("device_id")
                .doesNotContain("user_id"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"user_id=", "device_id=", "user_id=&device_id="})
    void anEmptyParameterDoesNotOverrideTheContext(String parameters) {
        String user = "context-" + parameters.length();

        node.get(
                "/v1/vardata?" + parameters + "&context="
                        + RunningNode.encode("{\"user_id\":\"" + user + "\",\"device_id\":\"d\"}"),
                "Authorization",
                "Api-Key server-key");

        assertThat(delivered(user)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/2/httpapi", "/batch"})
    void rejectsAnUploadedEventWithoutAnId(String path) {
        String device = "uploaded-by" + path;
        String event = "{\"event_type\":\"[Experiment] Exposure\",\"user_id\":\"\",\"device_id\":\"%s\"}";

        HttpResponse<String> taken = node.post(path, EventNode.upload("server-key", event.formatted(device)));
        HttpResponse<String> refused = node.post(path, EventNode.upload("server-key", event.formatted("")));

        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("events_with_missing_fields", "user_id");
        assertThat(delivered(device)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "?user_id= | {\"user_id\": \"u\"} | some",
                "?user_id=&device_id= | {\"user_id\": \"u\"} | some",
                "?user_id= | {\"device_id\": \"d\"} | none",
                "?device_id= | {} | none",
            })
    void explainsForTheIdThatIsNotEmpty(String query, String user, String variant) {
        assertThat(node.post("/v1/explain" + query, user, "Authorization", "Api-Key server-key")
                        .body())
                .contains("\"variant\":{\"key\":\"" + variant + "\"");
    }

    /** SDKs with local evaluation treat an empty id as a value; the server must too, to assign the same variant. */
    @Test
    void conditionsSeeAnEmptyId() {
        assertThat(RequestForm.SDK_BODY.send("{\"user_id\": \"\"}").body()).contains("some");
        assertThat(RequestForm.SDK_BODY.send("{}").body()).contains("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"\"]", "[\"u\", \"\"]"})
    void rejectsSimulationsOfUsersWithoutAnId(String ids) {
        HttpResponse<String> answer =
                node.post("/v1/simulate", "{\"user_ids\": " + ids + "}", "Authorization", "Api-Key server-key");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("path")).startsWith("user_ids[");
    }

    @ParameterizedTest
    @ValueSource(strings = {"flag_keys=unknown", "flag_keys=nothing", "flag_key=unknown,nothing"})
    void doesNotRecordAnswersWithoutFlags(String flags) {
        JsonObject before = node.ledger();

        assertThat(node.get("/v1/vardata?user_id=u&" + flags, "Authorization", "Api-Key server-key")
                        .body())
                .isEqualTo("{}");
        node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key no-flags");

        JsonObject after = node.ledger();
        assertThat(increase("evaluated", before, after)).isEqualTo(2);
        assertThat(increase("untracked", before, after)).isEqualTo(2);
    }

    private static long increase(String count, JsonObject before, JsonObject after) {
        return after.getLong(count) - before.getLong(count);
    }

    /** All events of one key; no event of any test has an empty key. */
    private static List<EventsReader.Event> delivered(String key) {
        List<EventsReader.Event> all = events.delivered();
        assertThat(all).allSatisfy(event -> assertThat(event.key()).isNotEmpty());
        return all.stream().filter(event -> Objects.equals(event.key(), key)).toList();
    }
}
