package io.variate.http.events;

import io.variate.json.JsonException;
import io.variate.json.JsonSlice;
import io.variate.json.JsonSlice.Member;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of an upload of events.
 *
 * @param minIdLength {@code options.min_id_length}; 0 by default, since users choose the form of their ids
 */
record EventUpload(String apiKey, List<JsonSlice> events, int minIdLength) {
    /** Around the events. */
    private static final int MOST_MEMBERS = 100;

    /**
     * Reads a body.
     *
     * @param most events
     * @throws InvalidRequestException if anything but the events themselves is invalid
     */
    static EventUpload read(String text, int most) {
        JsonSlice body = parse(text);
        if (!body.isObject()) {
            throw invalid("the body must be a JSON object", "body");
        }
        JsonSlice apiKey = null;
        JsonSlice events = null;
        int minIdLength = 0;
        for (Member member : body.members(MOST_MEMBERS)) {
            switch (member.name()) {
                case "api_key" -> apiKey = member.value();
                case "events" -> events = member.value();
                case "options" -> minIdLength = minIdLength(member.value());
                default -> {
                    // SDKs add members about themselves.
                }
            }
        }
        if (apiKey == null || !apiKey.isString()) {
            throw new InvalidRequestException(EventResponses.missing("api_key"));
        }
        if (events == null || !events.isArray()) {
            throw new InvalidRequestException(EventResponses.missing("events"));
        }
        return new EventUpload(apiKey.string(), elements(events, most), minIdLength);
    }

    private static List<JsonSlice> elements(JsonSlice events, int most) {
        List<JsonSlice> elements = events.elements(most + 1);
        if (elements.size() > most) {
            throw new InvalidRequestException(
                    new ApiError(413, "too_many_events", "must have at most " + most + " events", "events"));
        }
        return elements;
    }

    private static JsonSlice parse(String text) {
        try {
            return JsonSlice.of(text);
        } catch (JsonException e) {
            throw invalid("the body is not JSON: " + e.getMessage() + " at character " + e.offset(), "body");
        }
    }

    private static int minIdLength(JsonSlice options) {
        @Nullable JsonSlice length = null;
        for (Member member : options.isObject() ? options.members(MOST_MEMBERS) : List.<Member>of()) {
            length = member.name().equals("min_id_length") ? member.value() : length;
        }
        if (length == null || length.isNull()) {
            return 0;
        }
        String digits = length.toString();
        if (!digits.matches("[0-9]{1,9}")) {
            throw invalid("must be an integer of at most 9 digits", "options.min_id_length");
        }
        return Integer.parseInt(digits);
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest("invalid_body", message, path));
    }
}
