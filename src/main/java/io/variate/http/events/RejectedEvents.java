package io.variate.http.events;

import io.variate.web.ApiError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The rejected events of an upload and the reasons, in the members that Amplitude's SDKs read: they drop these events and
 * send the others again.
 */
final class RejectedEvents {
    /** Indexes and types in a message for people. */
    private static final int MOST_NAMED = 10;

    private static final int LONGEST_TYPE = 100;

    private final Map<String, Set<Integer>> missing = new TreeMap<>();
    private final Map<String, Set<Integer>> invalid = new TreeMap<>();
    private final Set<Integer> indexes = new TreeSet<>();
    private final Set<String> types = new TreeSet<>();

    boolean isEmpty() {
        return indexes.isEmpty();
    }

    void addMissing(String field, int index) {
        add(missing, field, index);
    }

    void addInvalid(String field, int index) {
        add(invalid, field, index);
    }

    /** Adds a valid event of a type that is neither recorded nor forwarded. */
    void addUnsupported(String type, int index) {
        add(invalid, "event_type", index);
        if (types.size() < MOST_NAMED) {
            types.add(type.length() > LONGEST_TYPE ? type.substring(0, LONGEST_TYPE) + "…" : type);
        }
    }

    private void add(Map<String, Set<Integer>> fields, String field, int index) {
        fields.computeIfAbsent(field, none -> new TreeSet<>()).add(index);
        indexes.add(index);
    }

    ApiError error() {
        StringBuilder message = new StringBuilder("rejected events:");
        missing.forEach(
                (field, where) -> message.append(" missing ").append(field).append(in(where)));
        invalid.forEach(
                (field, where) -> message.append(" invalid ").append(field).append(in(where)));
        message.setLength(message.length() - 1);
        if (!types.isEmpty()) {
            message.append(
                            "; without events.forward-topic or amplitude.events the allowed types are [Experiment] Assignment,")
                    .append(" [Experiment] Exposure and $exposure, not ")
                    .append(String.join(", ", types));
        }
        return ApiError.badRequest(
                "invalid_events",
                message.toString(),
                "events[" + indexes.iterator().next() + "]");
    }

    private static String in(Set<Integer> where) {
        String named = where.stream().limit(MOST_NAMED).map(String::valueOf).collect(Collectors.joining(", "));
        return " in events " + named + (where.size() > MOST_NAMED ? ", …;" : ";");
    }

    /** The members of the answer that list all rejected events. */
    JsonObject members() {
        return new JsonObject()
                .put("events_with_missing_fields", json(missing))
                .put("events_with_invalid_fields", json(invalid));
    }

    private static JsonObject json(Map<String, Set<Integer>> fields) {
        JsonObject json = new JsonObject();
        fields.forEach((field, where) -> json.put(field, new JsonArray(List.copyOf(where))));
        return json;
    }
}
