package io.variate.assignments;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers are those that Amplitude's SDKs are tested with. */
class AssignmentEventTest {
    private static final Assignments FLAGS = Assignments.of("""
            [{"key": "flag-key-2", "metadata": {"flagVersion": 12}, "variants": {"off": {"key": "off", "metadata": {"default": true}}},
              "segments": [{"variant": "off", "metadata": {"segmentName": "All Other Users"}}]},
             {"key": "flag-key-1", "metadata": {"flagVersion": 13}, "variants": {"on": {"key": "on"}},
              "segments": [{"variant": "on", "metadata": {"segmentName": "Segment"}}]}]
            """);

    private final EventEncoder encoder = new EventEncoder(new FragmentCache(), "eu", "node-1");

    @Test
    void hasTheShapeThatServerSdksSend() {
        JsonObject event = encode(FLAGS.to("{\"groups\":{\"org name\":[\"acme\"]}}", "user", "device"));
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
        assertThat(encode(FLAGS.to("user", "device")).getString("insert_id"))
                .isEqualTo("user device -1574689578 20012");
    }

    @Test
    void aNamedProjectIsStatedAndHasInsertIdsOfItsOwn() {
        Assignment unnamed = FLAGS.to("user", "device");
        Assignment named = new Assignment(
                unnamed.context(), unnamed.evaluation(), unnamed.revision(), "shop", "checkout", unnamed.time());
        String insertId = encode(unnamed).getString("insert_id");

        assertThat(encode(unnamed).containsKey("project")).isFalse();
        assertThat(encode(named).getString("project")).isEqualTo("shop");
        assertThat(encode(named).getString("insert_id")).isNotEqualTo(insertId);
        assertSameAsTree(named);
    }

    @Test
    void namesItsRulesetDeploymentZoneAndNode() {
        JsonObject event = encode(FLAGS.to("user", null));
        assertThat(event.getLong("time")).isEqualTo(Assignments.TIME);
        assertThat(event.getLong("ruleset_revision")).isEqualTo(7);
        assertThat(event.getString("deployment")).isEqualTo("checkout");
        assertThat(event.getString("zone")).isEqualTo("eu");
        assertThat(event.getString("node")).isEqualTo("node-1");
        assertThat(event.containsKey("device_id")).isFalse();
        assertThat(event.containsKey("groups")).isFalse();
    }

    @Test
    void aMutualExclusionGroupSetsNoUserProperty() {
        JsonObject event = encode(Assignments.of("""
                [{"key": "m", "metadata": {"flagType": "mutual-exclusion-group"}, "variants": {"slot-1": {"key": "slot-1"}},
                  "segments": [{"variant": "slot-1"}]}]
                """).to("user", null));
        assertThat(event.getJsonObject("event_properties").getString("m.variant"))
                .isEqualTo("slot-1");
        assertThat(event.getJsonObject("user_properties").getJsonObject("$set")).isEmpty();
    }

    @Test
    void isKeyedByTheUserOrElseTheDevice() {
        assertThat(encoder.read(FLAGS.to("user", "device")).key()).isEqualTo("user".getBytes(UTF_8));
        assertThat(encoder.read(FLAGS.to(null, "device")).key()).isEqualTo("device".getBytes(UTF_8));
        assertThat(encoder.read(FLAGS.to("{\"country\":\"US\"}", null, null)).key())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"user_id\":\"\",\"device_id\":\"device\"} | ''",
                "{\"user_id\":\"user\",\"user_id\":\"\",\"device_id\":\"device\"} |",
                "{\"user_id\":\"\",\"device_id\":\"other\",\"device_id\":\"device\"} | ''",
            })
    void anEmptyIdIsAMissingOne(String user, @Nullable String userId) {
        Assignment assignment = FLAGS.to(user, userId, "");

        assertThat(encoder.read(assignment).key()).isEqualTo("device".getBytes(UTF_8));
        assertThat(new String(encoder.assignment().toByteArray(), UTF_8)).doesNotContain("user_id");
        assertThat(FLAGS.to("{\"user_id\":\"user\"}", "", null).context().userId())
                .isEqualTo("user");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{\"key\":\"no-result\",\"variants\":{},\"segments\":[]}]",
                "[{\"key\":\" padded\\t\",\"variants\":{\"v\":{\"key\":\" v \"}},\"segments\":[{\"variant\":\"v\"}]}]",
                "[{\"key\":\"\\\"\\\\\\u0000\\u001f\\u007f é 漢 😀\",\"variants\":{\"v\":{\"key\":\"\\r\\n\\b\\f\\t\"}},"
                        + "\"segments\":[{\"variant\":\"v\",\"metadata\":{\"segmentName\":\"\\\"😀\\\"\"}}]}]",
                "[{\"key\":\"details\",\"metadata\":{\"flagVersion\":1.5},\"variants\":{\"v\":{\"key\":\"v\"}},"
                        + "\"segments\":[{\"variant\":\"v\",\"metadata\":{\"segmentName\":{\"a\":[1,null]}}}]}]",
                "[{\"key\":\"gone\",\"metadata\":{\"deployed\":false},\"variants\":{\"v\":{\"key\":\"v\"}},"
                        + "\"segments\":[{\"variant\":\"v\"}]}]",
            })
    void matchesTheReferenceEncodingForAllFlags(String flags) {
        assertSameAsTree(Assignments.of(flags).to("user", "device"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"user_id\":\"\"}",
                "{\"user_id\":\" u \",\"device_id\":\"\\td\\n\"}",
                "{\"user_id\":42,\"device_id\":true}",
                "{\"user_id\":\"\\\"quoted\\\" \\\\ \\u0000\\u0007\\u001f\\u007f/\"}",
                "{\"user_id\":\"é߿ࠀ漢\uffff\",\"device_id\":\"😀\uDBFF\uDFFF\"}",
                "{\"user_id\":\"u\",\"groups\":{\"org\":[\"acme\",\"\\\"b\\\"\"],\"😀\":\"one\"}}",
            })
    void matchesTheReferenceEncodingForAllUsers(String user) {
        assertSameAsTree(FLAGS.to(user, null, null));
    }

    @Test
    void matchesTheReferenceEncodingAtAnyTimeAndRevision() {
        for (long number : new long[] {
            0,
            1,
            -1,
            9,
            10,
            99,
            100,
            -86_400_001,
            999_999_999_999_999_999L,
            1_000_000_000_000_000_000L,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        }) {
            Assignment known = FLAGS.to("user", "device");
            assertSameAsTree(new Assignment(known.context(), known.evaluation(), number, "", "é\"", number));
        }
    }

    @Test
    void matchesTheReferenceEncodingWhenAnEncoderIsReused() {
        Random random = new Random(1);
        for (int revision = 1; revision <= 40; revision++) {
            Assignments flags = Assignments.of(randomFlags(random), revision);
            for (int user = 0; user < 40; user++) {
                assertSameAsTree(flags.to("user " + random.nextInt(1000), random.nextBoolean() ? null : "d" + user));
            }
        }
    }

    @Test
    void encodesALateAssignmentOfAnOlderRuleset() {
        Assignments older = Assignments.of(randomFlags(new Random(2)), 1);
        Assignments newer = Assignments.of(randomFlags(new Random(3)), 2);
        assertSameAsTree(newer.to("user", "device"));
        assertSameAsTree(older.to("user", "device"));
        assertSameAsTree(newer.to("user", "device"));
    }

    @Test
    void escapesALoneSurrogate() {
        Assignments flags = Assignments.of("""
                [{"key": "f\\ud800", "variants": {"v": {"key": "\\udc00v"}}, "segments": [{"variant": "v"}]}]
                """);
        String text = utf8(encoder.read(flags.to("{\"groups\":{\"o\\udfff\":[\"g\"]}}", "u\ud83d", "\ude00\ud83d"))
                .assignment());
        assertThat(text).contains("\"user_id\":\"u\\ud83d\"").doesNotContain("\ufffd", "?");
        Map<?, ?> event = (Map<?, ?>) Objects.requireNonNull(Json.parse(text));
        assertThat(event.get("user_id")).isEqualTo("u\ud83d");
        assertThat(event.get("device_id")).isEqualTo("\ude00\ud83d");
        assertThat(event.get("event_properties"))
                .isEqualTo(Map.of("f\ud800.variant", "\udc00v", "f\ud800.details", "vnull rule:null"));
        assertThat(event.get("groups")).isEqualTo(Map.of("o\udfff", List.of("g")));
    }

    @Test
    void releasesTheMemoryOfAHugeEvent() {
        encoder.read(FLAGS.to("x".repeat(2_000_000), null)).assignment();
        assertThat(encoder.read(FLAGS.to("user", null)).assignment().array()).hasSizeLessThan(100_000);
    }

    /** Up to 60 flags, their keys in no order; some share segments' variants, some are off for some users. */
    private static String randomFlags(Random random) {
        JsonArray flags = new JsonArray();
        int count = random.nextInt(60);
        for (int i = 0; i < count; i++) {
            JsonArray distributions = new JsonArray()
                    .add(new JsonObject().put("variant", "on").put("range", new JsonArray("[0,15000000]")))
                    .add(new JsonObject().put("variant", "off").put("range", new JsonArray("[15000000,30000000]")));
            JsonObject bucket = new JsonObject()
                    .put("selector", new JsonArray("[\"context\",\"user\",\"user_id\"]"))
                    .put("salt", "s" + i)
                    .put(
                            "allocations",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("range", new JsonArray("[0,100]"))
                                            .put("distributions", distributions)));
            flags.add(new JsonObject()
                    .put("key", Integer.toString(random.nextInt(1_000_000), 36) + "-" + i)
                    .put("metadata", new JsonObject().put("flagVersion", i))
                    .put("segments", new JsonArray().add(new JsonObject().put("bucket", bucket)))
                    .put("variants", new JsonObject("""
                            {"on": {"key": "on"}, "off": {"key": "off", "metadata": {"default": true}}}
                            """)));
        }
        return flags.encode();
    }

    private void assertSameAsTree(Assignment assignment) {
        assertThat(utf8(encoder.read(assignment).assignment()))
                .isEqualTo(EventAsTree.encode(assignment, "eu", "node-1"));
    }

    private JsonObject encode(Assignment assignment) {
        return new JsonObject(
                Buffer.buffer(encoder.read(assignment).assignment().toByteArray()));
    }

    private static String utf8(JsonBytes bytes) {
        return new String(bytes.toByteArray(), UTF_8);
    }
}
