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
 * Which events of a request are not taken, and why, in the members by which Amplitude's SDKs find out what to drop: they
 * send the others again.
 */
final class Refusals {
    /** As many as a person wants to read. */
    private static final int MOST_NAMED = 10;

    private static final int LONGEST_TYPE = 100;

    private final Map<String, Set<Integer>> missing = new TreeMap<>();
    private final Map<String, Set<Integer>> invalid = new TreeMap<>();
    private final Set<Integer> indexes = new TreeSet<>();
    private final Set<String> types = new TreeSet<>();

    boolean isEmpty() {
        return indexes.isEmpty();
    }

    void missing(String field, int index) {
        note(missing, field, index);
    }

    void invalid(String field, int index) {
        note(invalid, field, index);
    }

    /** An event that is well-formed, but which nobody wants. */
    void unwanted(String type, int index) {
        note(invalid, "event_type", index);
        if (types.size() < MOST_NAMED) {
            types.add(type.length() > LONGEST_TYPE ? type.substring(0, LONGEST_TYPE) + "…" : type);
        }
    }

    private void note(Map<String, Set<Integer>> fields, String field, int index) {
        fields.computeIfAbsent(field, none -> new TreeSet<>()).add(index);
        indexes.add(index);
    }

    ApiError error() {
        StringBuilder message = new StringBuilder("Events are not taken:");
        missing.forEach((field, where) -> message.append(" no ").append(field).append(in(where)));
        invalid.forEach(
                (field, where) -> message.append(" wrong ").append(field).append(in(where)));
        message.setLength(message.length() - 1);
        if (!types.isEmpty()) {
            message.append("; events.forward-topic is not set, so there is no place for events of other types than")
                    .append(" [Experiment] Assignment, [Experiment] Exposure and $exposure, such as ")
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

    /** The members of the answer that name all of them. */
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
