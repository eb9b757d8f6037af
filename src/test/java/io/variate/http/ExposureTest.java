package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exposures that a request header asks for, from the request to Kafka. */
@Timeout(60)
@Tag("slow")
class ExposureTest {
    private static final String RULESET = """
            {"revision": 7,
             "deployments": [{"key": "server-key", "label": "checkout", "type": "server", "zone": "us", "flags": ["*"]}],
             "flags": [
              {"key": "button", "metadata": {"experimentKey": "exp-1", "flagVersion": 3},
               "variants": {"blue": {"key": "blue", "value": "b"}}, "segments": [{"variant": "blue"}]},
              {"key": "banner", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]},
              {"key": "nobody", "variants": {"off": {"key": "off", "metadata": {"default": true}}},
               "segments": [{"variant": "off"}]},
              {"key": "silent", "metadata": {"trackExposure": false},
               "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EventNode events;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    /** Each test uses its own user. */
    private String user = "";

    @BeforeAll
    static void start() {
        events = EventNode.start(directory, RULESET, Map.of());
        node = events.node();
    }

    @AfterAll
    static void stop() {
        events.close();
    }

    @BeforeEach
    void chooseAUser(TestInfo test) {
        user = EventNode.userOf(test);
    }

    @Test
    void recordsEachVariantExceptDefaultsWithTheDocumentedFields() {
        send("X-Amp-Exp-Exposure-Track", "track");

        Map<String, JsonObject> exposures = byFlag(delivered("[Experiment] Exposure"));
        assertThat(exposures).containsOnlyKeys("button", "banner");
        JsonObject event = exposures.getOrDefault("button", new JsonObject());
        assertThat(event.fieldNames())
                .containsExactlyInAnyOrder(
                        "event_type",
                        "user_id",
                        "device_id",
                        "time",
                        "insert_id",
                        "event_properties",
                        "user_properties",
                        "groups",
                        "ruleset_revision",
                        "deployment",
                        "zone",
                        "node");
        assertThat(event.getString("device_id")).isEqualTo("device");
        assertThat(event.getJsonObject("event_properties")).isEqualTo(new JsonObject("""
                        {"[Experiment] Flag Key": "button", "[Experiment] Variant": "blue",
                         "[Experiment] Experiment Key": "exp-1",
                         "metadata": {"experimentKey": "exp-1", "flagVersion": 3}}"""));
        assertThat(event.getJsonObject("user_properties"))
                .isEqualTo(new JsonObject("{\"$set\": {\"[Experiment] button\": \"blue\"}, \"$unset\": {}}"));
        assertThat(event.getJsonObject("groups")).isEqualTo(new JsonObject("{\"org\": [\"acme\"]}"));
        assertThat(event.getString("insert_id")).startsWith(user + " device ");
        assertThat(event.getLong("ruleset_revision")).isEqualTo(7);
        assertThat(event.getString("deployment")).isEqualTo("checkout");
        assertThat(event.getString("zone")).isEqualTo("us");
        assertThat(event.getString("node")).isEqualTo("test-node");
        assertThat(exposures.getOrDefault("banner", new JsonObject()).getString("insert_id"))
                .as("insert ids differ between flags")
                .isNotEqualTo(event.getString("insert_id"));
    }

    @Test
    void recordsTheAssignmentToo() {
        send("X-Amp-Exp-Exposure-Track", "track");

        assertThat(delivered("[Experiment] Assignment")).hasSize(1);
        assertThat(delivered("[Experiment] Exposure")).hasSize(2);
    }

    @Test
    void recordsExposuresWithoutTheAssignment() {
        send("X-Amp-Exp-Exposure-Track", "track", "X-Amp-Exp-Track", "no-track");

        assertThat(delivered("[Experiment] Assignment")).isEmpty();
        assertThat(delivered("[Experiment] Exposure")).hasSize(2);
    }

    @Test
    void recordsRepeatedExposuresOnce() {
        send("X-Amp-Exp-Exposure-Track", "track");
        send("X-Amp-Exp-Exposure-Track", "track");

        assertThat(delivered("[Experiment] Exposure")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Amp-Exp-Exposure-Track, no-track, X-Other, x",
        "X-Amp-Exp-Exposure-Track, yes, X-Other, x",
        "X-Amp-Exp-Exposure-Track, track, X-Amp-Exp-Exposure-Track, no-track",
        "X-Other, track, X-Another, x",
    })
    void recordsNoExposureUnlessRequested(String name, String value, String otherName, String otherValue) {
        send(name, value, otherName, otherValue);

        assertThat(delivered("[Experiment] Assignment")).hasSize(1);
        assertThat(delivered("[Experiment] Exposure")).isEmpty();
    }

    private void send(String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Authorization";
        all[1] = "Api-Key server-key";
        System.arraycopy(headers, 0, all, 2, headers.length);
        String query = "/v1/vardata?user_id=" + user + "&device_id=device&context="
                + RunningNode.encode("{\"groups\":{\"org\":[\"acme\"]}}");
        assertThat(node.get(query, all).statusCode()).isEqualTo(200);
    }

    private List<JsonObject> delivered(String type) {
        return events.delivered(user).stream()
                .map(JsonObject::new)
                .filter(event -> event.getString("event_type").equals(type))
                .toList();
    }

    private static Map<String, JsonObject> byFlag(List<JsonObject> exposures) {
        Map<String, JsonObject> byFlag = new HashMap<>();
        for (JsonObject event : exposures) {
            byFlag.put(event.getJsonObject("event_properties").getString("[Experiment] Flag Key"), event);
        }
        return byFlag;
    }
}
