package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EventsReader;
import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the header of a request to the exposure event in Kafka. */
@Timeout(60)
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

    private static final String TOPIC = "exposures";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedKafka kafka;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    /** Each test asks for a user of its own. */
    private String user = "";

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start(directory, 0);
        node = RunningNode.serving(
                RULESET,
                Map.of(
                        "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                        kafka.bootstrapServers(),
                        "VARIATE_KAFKA_TOPIC",
                        TOPIC,
                        "VARIATE_ASSIGNMENTS_LINGER",
                        "1ms"));
    }

    @AfterAll
    static void stop() {
        node.close();
        kafka.close();
    }

    @BeforeEach
    void nameTheUser(TestInfo test) {
        user = test.getTestMethod().orElseThrow().getName() + "-"
                + test.getDisplayName().hashCode();
    }

    @Test
    void eachVariantButDefaultsIsAnEventWithTheDocumentedFields() {
        ask("X-Amp-Exp-Exposure-Track", "track");

        Map<String, JsonObject> exposures = byFlag(events("[Experiment] Exposure"));
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
                .as("of another flag")
                .isNotEqualTo(event.getString("insert_id"));
    }

    @Test
    void theAssignmentIsRecordedBesideItsExposures() {
        ask("X-Amp-Exp-Exposure-Track", "track");

        assertThat(events("[Experiment] Assignment")).hasSize(1);
        assertThat(events("[Experiment] Exposure")).hasSize(2);
    }

    @Test
    void exposuresAreRecordedWhereTheAssignmentIsNotWanted() {
        ask("X-Amp-Exp-Exposure-Track", "track", "X-Amp-Exp-Track", "no-track");

        assertThat(events("[Experiment] Assignment")).isEmpty();
        assertThat(events("[Experiment] Exposure")).hasSize(2);
    }

    @Test
    void theSameExposuresAreRecordedOnce() {
        ask("X-Amp-Exp-Exposure-Track", "track");
        ask("X-Amp-Exp-Exposure-Track", "track");

        assertThat(events("[Experiment] Exposure")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Amp-Exp-Exposure-Track, no-track, X-Other, x",
        "X-Amp-Exp-Exposure-Track, yes, X-Other, x",
        "X-Amp-Exp-Exposure-Track, track, X-Amp-Exp-Exposure-Track, no-track",
        "X-Other, track, X-Another, x",
    })
    void thereIsNoneUnlessItIsAskedFor(String name, String value, String otherName, String otherValue) {
        ask(name, value, otherName, otherValue);

        assertThat(events("[Experiment] Assignment")).hasSize(1);
        assertThat(events("[Experiment] Exposure")).isEmpty();
    }

    private void ask(String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Authorization";
        all[1] = "Api-Key server-key";
        System.arraycopy(headers, 0, all, 2, headers.length);
        String query = "/v1/vardata?user_id=" + user + "&device_id=device&context="
                + RunningNode.encode("{\"groups\":{\"org\":[\"acme\"]}}");
        assertThat(node.get(query, all).statusCode()).isEqualTo(200);
    }

    /** All of the user, once nothing waits any more. */
    private List<JsonObject> events(String type) {
        awaitDelivery();
        return EventsReader.readAll(kafka.bootstrapServers(), TOPIC).stream()
                .filter(event -> user.equals(event.key()))
                .map(event -> new JsonObject(event.value()))
                .filter(event -> event.getString("event_type").equals(type))
                .toList();
    }

    private static void awaitDelivery() {
        Await.until(() -> node.metric("variate_assignments_spooled") == 0);
    }

    private static Map<String, JsonObject> byFlag(List<JsonObject> exposures) {
        Map<String, JsonObject> byFlag = new HashMap<>();
        for (JsonObject event : exposures) {
            byFlag.put(event.getJsonObject("event_properties").getString("[Experiment] Flag Key"), event);
        }
        return byFlag;
    }
}
