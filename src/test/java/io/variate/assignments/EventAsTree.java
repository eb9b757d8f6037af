package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The assignment event built as a tree, and its canonical form as a text: slow and plain to see. What the encoder writes
 * is held against it.
 */
final class EventAsTree {
    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final String MUTUAL_EXCLUSION = "mutual-exclusion-group";

    private EventAsTree() {}

    static String encode(Assignment assignment, String zone, String node) {
        String userId = assignment.context().userId();
        String deviceId = assignment.context().deviceId();
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("event_type", "[Experiment] Assignment");
        putIfPresent(event, "user_id", userId);
        putIfPresent(event, "device_id", deviceId);
        event.put("time", assignment.time());
        event.put("insert_id", insertId(userId, deviceId, assignment));
        event.put("event_properties", eventProperties(assignment));
        event.put("user_properties", userProperties(assignment));
        if (!assignment.context().groups().isEmpty()) {
            event.put("groups", assignment.context().groups());
        }
        event.put("ruleset_revision", assignment.revision());
        putIfPresent(event, "project", named(assignment.project()));
        event.put("deployment", assignment.deployment());
        event.put("zone", zone);
        event.put("node", node);
        return Json.write(event);
    }

    private static String insertId(@Nullable String userId, @Nullable String deviceId, Assignment assignment) {
        int hash = canonical(assignment).hashCode();
        return userId + " " + deviceId + " " + hash + " " + Math.floorDiv(assignment.time(), MILLIS_PER_DAY);
    }

    static String canonical(Assignment assignment) {
        List<EvaluatedVariant> sorted = new ArrayList<>();
        assignment.evaluation().forEach(sorted::add);
        sorted.sort(Comparator.comparing(EvaluatedVariant::flagKey));
        StringBuilder text = new StringBuilder();
        text.append(trimmed(assignment.context().userId())).append(' ');
        text.append(trimmed(assignment.context().deviceId())).append(' ');
        if (!assignment.project().isEmpty()) {
            text.append(assignment.project()).append(' ');
        }
        for (EvaluatedVariant variant : sorted) {
            text.append(variant.flagKey().trim()).append(' ');
            text.append(variant.key().trim()).append(' ');
        }
        return text.toString();
    }

    private static @Nullable String named(String project) {
        return project.isEmpty() ? null : project;
    }

    private static String trimmed(@Nullable String id) {
        return id == null ? "null" : id.trim();
    }

    private static Map<String, @Nullable Object> eventProperties(Assignment assignment) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        for (EvaluatedVariant variant : assignment.evaluation()) {
            properties.put(variant.flagKey() + ".variant", variant.key());
            properties.put(
                    variant.flagKey() + ".details",
                    "v" + metadata(variant, "flagVersion") + " rule:" + metadata(variant, "segmentName"));
        }
        return properties;
    }

    private static Map<String, @Nullable Object> userProperties(Assignment assignment) {
        Map<String, @Nullable Object> set = new LinkedHashMap<>();
        Map<String, @Nullable Object> unset = new LinkedHashMap<>();
        for (EvaluatedVariant variant : assignment.evaluation()) {
            String property = "[Experiment] " + variant.flagKey();
            if (MUTUAL_EXCLUSION.equals(metadata(variant, "flagType"))) {
                continue;
            }
            if (variant.isDefault()) {
                unset.put(property, "-");
            } else {
                set.put(property, variant.key());
            }
        }
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("$set", set);
        properties.put("$unset", unset);
        return properties;
    }

    private static @Nullable Object metadata(EvaluatedVariant variant, String name) {
        Map<String, @Nullable Object> metadata = variant.metadata();
        return metadata == null ? null : metadata.get(name);
    }

    private static void putIfPresent(Map<String, @Nullable Object> event, String name, @Nullable String value) {
        if (value != null) {
            event.put(name, value);
        }
    }
}
