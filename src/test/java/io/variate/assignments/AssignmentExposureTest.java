package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The hash is the one that Amplitude's SDKs are tested with. */
class AssignmentExposureTest {
    private static final String FLAGS = """
            [{"key": "flag-key-2", "variants": {"off": {"key": "off", "metadata": {"default": true}}},
              "segments": [{"variant": "off"}]},
             {"key": "flag-key-1", "metadata": {"flagVersion": 13, "experimentKey": "exp-1"},
              "variants": {"on": {"key": "on", "value": "1"}},
              "segments": [{"variant": "on", "metadata": {"segmentName": "\\ud83d\\ude00 \\ud800"}}]}]
            """;

    private final EventEncoder encoder = new EventEncoder(new FragmentCache(), "eu", "node-1");

    @Test
    void hasTheShapeThatServerSdksSend() {
        JsonObject event = exposures(FLAGS).get(0);
        assertThat(event.getString("event_type")).isEqualTo("[Experiment] Exposure");
        assertThat(event.getString("user_id")).isEqualTo("user");
        assertThat(event.getString("device_id")).isEqualTo("device");
        assertThat(event.getJsonObject("event_properties"))
                .isEqualTo(new JsonObject()
                        .put("[Experiment] Flag Key", "flag-key-1")
                        .put("[Experiment] Variant", "on")
                        .put("[Experiment] Experiment Key", "exp-1")
                        .put(
                                "metadata",
                                new JsonObject()
                                        .put("flagVersion", 13)
                                        .put("experimentKey", "exp-1")
                                        .put("segmentName", "\ud83d\ude00 \ud800")));
        assertThat(event.getJsonObject("user_properties"))
                .isEqualTo(new JsonObject()
                        .put("$set", new JsonObject().put("[Experiment] flag-key-1", "on"))
                        .put("$unset", new JsonObject()));
        assertThat(event.getJsonObject("groups")).isEqualTo(new JsonObject("{\"org\":[\"acme\"]}"));
        assertThat(event.getLong("time")).isEqualTo(Assignments.TIME);
        assertThat(event.getLong("ruleset_revision")).isEqualTo(7);
        assertThat(event.getString("deployment")).isEqualTo("checkout");
        assertThat(event.getString("zone")).isEqualTo("eu");
        assertThat(event.getString("node")).isEqualTo("node-1");
    }

    @Test
    void theInsertIdFollowsThePublishedFormulaOverAllResultsIncludingDefaults() {
        assertThat(exposures(FLAGS).get(0).getString("insert_id")).isEqualTo("user device 1565898968 20012");
    }

    @Test
    void skipsDefaultVariantsAndUntrackedFlags() {
        assertThat(exposures("""
                        [{"key": "default", "variants": {"off": {"key": "off", "metadata": {"default": true}}},
                          "segments": [{"variant": "off"}]},
                         {"key": "silent", "metadata": {"trackExposure": false}, "variants": {"on": {"key": "on"}},
                          "segments": [{"variant": "on"}]},
                         {"key": "loud", "metadata": {"trackExposure": true}, "variants": {"on": {"key": "on"}},
                          "segments": [{"variant": "on"}]},
                         {"key": "plain", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]
                        """))
                .extracting(event -> event.getJsonObject("event_properties").getString("[Experiment] Flag Key"))
                .containsExactly("loud", "plain");
    }

    @Test
    void aMutualExclusionGroupSetsNoUserProperty() {
        JsonObject event = exposures("""
                        [{"key": "m", "metadata": {"flagType": "mutual-exclusion-group"},
                          "variants": {"slot-1": {"key": "slot-1"}}, "segments": [{"variant": "slot-1"}]}]
                        """).get(0);
        assertThat(event.getJsonObject("user_properties").getJsonObject("$set")).isEmpty();
    }

    private List<JsonObject> exposures(String flags) {
        EventGroup group = new EventGroup();
        encoder.read(Assignments.of(flags).to("{\"groups\":{\"org\":\"acme\"}}", "user", "device"))
                .exposures(group);
        List<JsonObject> events = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < group.size(); start = group.ends()[i++]) {
            events.add(new JsonObject(Buffer.buffer(Arrays.copyOfRange(group.values(), start, group.ends()[i]))));
        }
        return events;
    }
}
