package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.bus.AssignmentBatch;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Flag;
import io.variate.engine.FlagReader;
import io.variate.engine.FlagReading;
import io.variate.engine.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The numbers are those that Amplitude's SDKs are tested with. */
class AssignmentEventTest {
    private static final long DAY_20012 = 20_012L * 86_400_000 + 3_600_000;
    private static final String FLAGS = """
            [{"key": "flag-key-2", "metadata": {"flagVersion": 12}, "variants": {"off": {"key": "off", "metadata": {"default": true}}},
              "segments": [{"variant": "off", "metadata": {"segmentName": "All Other Users"}}]},
             {"key": "flag-key-1", "metadata": {"flagVersion": 13}, "variants": {"on": {"key": "on"}},
              "segments": [{"variant": "on", "metadata": {"segmentName": "Segment"}}]}]
            """;

    @Test
    void hasTheShapeThatServerSdksSend() {
        JsonObject event = encode(FLAGS, "{\"groups\":{\"org name\":[\"acme\"]}}", "user", "device");
        assertThat(event.getString("event_type")).isEqualTo("[Experiment] Assignment");
        assertThat(event.getString("user_id")).isEqualTo("user");
        assertThat(event.getString("device_id")).isEqualTo("device");
        assertThat(event.getJsonObject("event_properties"))
                .isEqualTo(new JsonObject()
                        .put("flag-key-1.variant", "on")
                        .put("flag-key-1.details", "v13 rule:Segment")
                        .put("flag-key-2.variant", "off")
                        .put("flag-key-2.details", "v12 rule:All Other Users"));
        assertThat(event.getJsonObject("user_properties"))
                .isEqualTo(new JsonObject()
                        .put("$set", new JsonObject().put("[Experiment] flag-key-1", "on"))
                        .put("$unset", new JsonObject().put("[Experiment] flag-key-2", "-")));
        assertThat(event.getJsonObject("groups"))
                .isEqualTo(new JsonObject().put("org name", new JsonArray().add("acme")));
    }

    @Test
    void theInsertIdFollowsThePublishedFormula() {
        assertThat(encode(FLAGS, null, "user", "device").getString("insert_id"))
                .isEqualTo("user device -1574689578 20012");
    }

    @Test
    void saysWhichRulesetDeploymentZoneAndNodeItComesFrom() {
        JsonObject event = encode(FLAGS, null, "user", null);
        assertThat(event.getLong("time")).isEqualTo(DAY_20012);
        assertThat(event.getLong("ruleset_revision")).isEqualTo(7);
        assertThat(event.getString("deployment")).isEqualTo("checkout");
        assertThat(event.getString("zone")).isEqualTo("eu");
        assertThat(event.getString("node")).isEqualTo("node-1");
        assertThat(event.containsKey("device_id")).isFalse();
        assertThat(event.containsKey("groups")).isFalse();
    }

    @Test
    void aMutualExclusionGroupSetsNoUserProperty() {
        String group = """
                [{"key": "m", "metadata": {"flagType": "mutual-exclusion-group"}, "variants": {"slot-1": {"key": "slot-1"}},
                  "segments": [{"variant": "slot-1"}]}]
                """;
        JsonObject event = encode(group, null, "user", null);
        assertThat(event.getJsonObject("event_properties").getString("m.variant"))
                .isEqualTo("slot-1");
        assertThat(event.getJsonObject("user_properties").getJsonObject("$set")).isEmpty();
    }

    @Test
    void isKeyedByTheUserOrElseTheDevice() {
        assertThat(record(FLAGS, null, "user", "device").key().toString()).isEqualTo("user");
        assertThat(record(FLAGS, null, null, "device").key().toString()).isEqualTo("device");
    }

    private static JsonObject encode(
            String flags, @Nullable String user, @Nullable String userId, @Nullable String deviceId) {
        return new JsonObject(record(flags, user, userId, deviceId).value());
    }

    private static AssignmentBatch.Event record(
            String flags, @Nullable String user, @Nullable String userId, @Nullable String deviceId) {
        List<Flag> read = new ArrayList<>();
        for (Object tree : (List<?>) Objects.requireNonNull(Json.parse(flags))) {
            read.add(((FlagReading.Accepted) FlagReader.read(tree, "flags")).flag());
        }
        EvaluationPlan plan = CompiledFlags.compile(read).planAll();
        EvaluationContext context = plan.read(user, userId, deviceId);
        return new AssignmentEvent("eu", "node-1")
                .encode(new Assignment(context, Evaluation.of(context), 7, "checkout", DAY_20012));
    }
}
