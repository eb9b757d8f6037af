package io.variate.assignments.amplitude;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an answer of Amplitude means for the events of a request.
 *
 * <p>Source: Amplitude's HTTP V2 and Batch Event Upload APIs.
 */
sealed interface Answer {

    /** Amplitude took all events. */
    record Accepted() implements Answer {}

    /** The request has too many bytes or events: 413. */
    record TooLarge() implements Answer {}

    /**
     * Amplitude took none, because it rejects some permanently: 400.
     *
     * @param events indexes of the rejected events; without any, and without devices, any of the request may be the cause
     * @param devices device ids whose events are rejected
     */
    record Invalid(Set<Integer> events, Set<String> devices, String reason) implements Answer {}

    /**
     * Amplitude took none, because some users or devices send too much: 429.
     *
     * @param events indexes of events of such users and devices
     * @param retryAfter how long to wait, if Amplitude said so
     */
    record Throttled(
            Set<Integer> events,
            Set<String> users,
            Set<String> devices,
            @Nullable Duration retryAfter) implements Answer {}

    /** The request can only succeed after a change of settings, at Amplitude or here. */
    record Misconfigured(int status, String reason) implements Answer {}

    /**
     * A later attempt may succeed; Amplitude may have taken the events.
     *
     * @param status 0 without an answer
     * @param retryAfter how long to wait, if Amplitude said so
     */
    record Unavailable(int status, String reason, @Nullable Duration retryAfter) implements Answer {}

    /** The name of the outcome in metrics. */
    default String label() {
        String name = getClass().getSimpleName();
        return name.replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /**
     * Interprets an answer.
     *
     * @param retryAfter the header of that name, or null
     */
    static Answer of(int status, @Nullable String retryAfter, Buffer body) {
        JsonObject json = parse(body);
        if (status == 200) {
            // A truncated or foreign body, as of a proxy's own page, does not confirm the events.
            return json != null && isSuccess(json)
                    ? new Accepted()
                    : new Unavailable(status, "status 200 without Amplitude's confirmation", null);
        }
        if (status == 413) {
            return new TooLarge();
        }
        if (status == 429) {
            return throttled(json == null ? new JsonObject() : json, seconds(retryAfter));
        }
        if (status == 400 && json != null && json.getValue("error") instanceof String error) {
            return invalid(json, error);
        }
        String reason = "status " + status + error(json);
        return status >= 500 || status == 408
                ? new Unavailable(status, reason, seconds(retryAfter))
                : new Misconfigured(status, reason);
    }

    private static @Nullable JsonObject parse(Buffer body) {
        try {
            return body.length() == 0 ? null : new JsonObject(body);
        } catch (DecodeException | ClassCastException e) {
            return null;
        }
    }

    private static boolean isSuccess(JsonObject json) {
        return json.getValue("code") instanceof Number code && code.intValue() == 200;
    }

    private static Answer invalid(JsonObject json, String error) {
        Set<Integer> events = new HashSet<>();
        for (String member : Set.of(
                "events_with_invalid_fields",
                "events_with_missing_fields",
                "events_missing_required_fields",
                "events_with_invalid_id_lengths")) {
            if (json.getValue(member) instanceof JsonObject fields) {
                fields.forEach(field -> addIndexes(field.getValue(), events));
            }
        }
        addIndexes(json.getValue("silenced_events"), events);
        Set<String> devices = ids(json.getValue("silenced_devices"));
        if (events.isEmpty() && devices.isEmpty() && concernsTheRequest(json, error)) {
            return new Misconfigured(400, "status 400" + error(json));
        }
        return new Invalid(events, devices, error);
    }

    private static boolean concernsTheRequest(JsonObject json, String error) {
        return error.contains("Invalid API key")
                || error.equals("Invalid request path")
                || error.equals("Missing request body")
                || json.getValue("missing_field") != null;
    }

    private static Answer throttled(JsonObject json, @Nullable Duration retryAfter) {
        Set<Integer> events = new HashSet<>();
        addIndexes(json.getValue("throttled_events"), events);
        Set<String> users = ids(json.getValue("throttled_users"));
        users.addAll(ids(json.getValue("exceeded_daily_quota_users")));
        Set<String> devices = ids(json.getValue("throttled_devices"));
        devices.addAll(ids(json.getValue("exceeded_daily_quota_devices")));
        return new Throttled(events, users, devices, retryAfter);
    }

    private static void addIndexes(@Nullable Object list, Set<Integer> to) {
        if (list instanceof JsonArray indexes) {
            indexes.forEach(index -> {
                if (index instanceof Integer number) {
                    to.add(number);
                }
            });
        }
    }

    /** The ids of a list, or of a map from ids to rates. */
    private static Set<String> ids(@Nullable Object value) {
        Set<String> ids = new HashSet<>();
        if (value instanceof JsonObject rates) {
            ids.addAll(rates.fieldNames());
        } else if (value instanceof JsonArray list) {
            list.forEach(id -> ids.add(String.valueOf(id)));
        }
        return ids;
    }

    private static @Nullable Duration seconds(@Nullable String header) {
        return header != null && header.strip().matches("[0-9]{1,6}")
                ? Duration.ofSeconds(Long.parseLong(header.strip()))
                : null;
    }

    private static String error(@Nullable JsonObject json) {
        return json != null && json.getValue("error") instanceof String error ? ": " + error : "";
    }
}
