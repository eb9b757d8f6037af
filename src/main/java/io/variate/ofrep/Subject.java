package io.variate.ofrep;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The user that an OpenFeature evaluation context describes.
 *
 * <p>The targeting key is the user id. Members with the name of a field of Amplitude's user become that field; all others
 * become user properties.
 *
 * @param userId the targeting key, which overrides a {@code user_id}; null if missing or empty
 * @param user JSON text of an Amplitude user object, or null without a context
 */
record Subject(@Nullable String userId, @Nullable String user) {

    private static final Subject EMPTY = new Subject(null, null);
    private static final String TARGETING_KEY = "targetingKey";
    private static final String USER_PROPERTIES = "user_properties";

    /** Source: the user object of Amplitude's SDKs. */
    private static final Set<String> USER_FIELDS = Set.of(
            "user_id",
            "device_id",
            "country",
            "region",
            "city",
            "dma",
            "language",
            "platform",
            "version",
            "os",
            "device_manufacturer",
            "device_brand",
            "device_model",
            "device_category",
            "carrier",
            "library",
            "ip_address",
            "user_agent",
            "browser",
            "first_seen",
            "landing_url",
            "referring_url",
            "url_param",
            "persisted_url_param",
            "groups",
            "group_properties",
            "cohort_ids",
            "group_cohort_ids");

    /**
     * Reads the body of a request; a request without body or context has an empty user.
     *
     * @throws InvalidRequestException if the body or the context is not a JSON object
     */
    static Subject read(String body) {
        if (body.isBlank()) {
            return EMPTY;
        }
        if (!(parse(body) instanceof Map<?, ?> request)) {
            throw new InvalidRequestException(
                    ApiError.badRequest(OfrepFailures.INVALID_JSON, "the body must be a JSON object", "body"));
        }
        Object context = request.get("context");
        if (context == null) {
            return EMPTY;
        }
        if (!(context instanceof Map<?, ?> members)) {
            throw invalid("must be a JSON object", "context");
        }
        return of(members);
    }

    private static @Nullable Object parse(String body) {
        try {
            return Json.parse(body);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest(OfrepFailures.INVALID_JSON, String.valueOf(e.getMessage()), "body"));
        }
    }

    private static Subject of(Map<?, ?> context) {
        Map<String, @Nullable Object> user = new LinkedHashMap<>();
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        context.forEach((member, value) -> {
            String name = String.valueOf(member);
            if (USER_FIELDS.contains(name)) {
                user.put(name, value);
            } else if (!name.equals(TARGETING_KEY) && !name.equals(USER_PROPERTIES)) {
                properties.put(name, value);
            }
        });
        userProperties(context).forEach((name, value) -> properties.put(String.valueOf(name), value));
        if (!properties.isEmpty()) {
            user.put(USER_PROPERTIES, properties);
        }
        return new Subject(targetingKey(context), Json.write(user));
    }

    private static Map<?, ?> userProperties(Map<?, ?> context) {
        Object properties = context.get(USER_PROPERTIES);
        if (properties == null) {
            return Map.of();
        }
        if (!(properties instanceof Map<?, ?> members)) {
            throw invalid("must be a JSON object", "context." + USER_PROPERTIES);
        }
        return members;
    }

    private static @Nullable String targetingKey(Map<?, ?> context) {
        Object key = context.get(TARGETING_KEY);
        if (key == null) {
            return null;
        }
        if (!(key instanceof String text)) {
            throw invalid("must be a string", "context." + TARGETING_KEY);
        }
        if (text.indexOf('\0') >= 0) {
            throw invalid("must not contain a NUL character", "context." + TARGETING_KEY);
        }
        return text.isEmpty() ? null : text;
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest(OfrepFailures.INVALID_CONTEXT, message, path));
    }
}
