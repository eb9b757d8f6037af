package io.variate.assignments.amplitude;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.JsonSlice;
import io.variate.json.JsonSlice.Member;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event as Amplitude receives it. Immutable.
 *
 * @param project key of its project, which selects the {@code api_key}; empty for the unnamed project
 * @param userId null if missing
 * @param deviceId null if missing
 * @param json UTF-8 of the event; never changed
 */
record AmplitudeEvent(
        String project, @Nullable String userId, @Nullable String deviceId, Buffer json) {

    private static final String PROJECT = "project";

    /**
     * Members that this server adds to events. Amplitude documents none of them, and they name nodes and deployments, so
     * they stay here. All other members are passed on as they are, because Amplitude's list of members grows.
     */
    private static final Set<String> MEMBERS_OF_THE_SERVER =
            Set.of(PROJECT, "ruleset_revision", "deployment", "zone", "node", "received_time");

    /**
     * Translates an event of the assignment log or of Kafka.
     *
     * @param value UTF-8 JSON
     * @throws JsonException if it is not a JSON object
     */
    static AmplitudeEvent read(byte[] value) {
        JsonSlice event = JsonSlice.of(new String(value, StandardCharsets.UTF_8));
        if (!event.isObject() || event.depth() > Json.MAX_DEPTH) {
            throw new JsonException("the event is not a JSON object of limited depth", event.toString(), 0);
        }
        String project = "";
        String userId = null;
        String deviceId = null;
        StringBuilder out = new StringBuilder(value.length).append('{');
        for (Member member : event.members(Integer.MAX_VALUE)) {
            switch (member.name()) {
                case PROJECT ->
                    project = member.value().isString() ? member.value().string() : project;
                case "user_id" -> userId = text(member.value());
                case "device_id" -> deviceId = text(member.value());
                default -> {
                    // Passed on.
                }
            }
            if (!MEMBERS_OF_THE_SERVER.contains(member.name())) {
                out.append(out.length() > 1 ? "," : "")
                        .append(member.key())
                        .append(':')
                        .append(member.value());
            }
        }
        Buffer json = Buffer.buffer(out.append('}').toString());
        return new AmplitudeEvent(project, userId, deviceId, json);
    }

    private static @Nullable String text(JsonSlice value) {
        return value.isString() ? value.string() : null;
    }

    /** The id whose events stay in order: the user id, or else the device id, as for the Kafka key. */
    String orderingKey() {
        if (userId != null && !userId.isEmpty()) {
            return userId;
        }
        return deviceId == null ? "" : deviceId;
    }
}
