package io.variate.page;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The users of a simulation.
 *
 * @param ids without duplicates
 * @param byDevice whether the ids are device ids
 * @param context JSON text of the properties that all users share
 * @param flagKeys the flags to evaluate; empty means all
 */
record SimulatedUsers(List<String> ids, boolean byDevice, String context, List<String> flagKeys) {

    /** Users in a simulation. */
    static final int MOST = 10_000;

    private static final Set<String> FIELDS = Set.of("user_ids", "generate", "identity", "context", "flag_keys");
    private static final Set<String> GENERATE_FIELDS = Set.of("count", "prefix");
    private static final int LONGEST_PREFIX = 200;

    /**
     * Reads the body of a request.
     *
     * @throws InvalidRequestException naming the invalid field
     */
    static SimulatedUsers read(String body) {
        Map<?, ?> fields = object(parse(body), "body");
        rejectUnknown(fields, FIELDS, "body");
        Object context = fields.get("context");
        return new SimulatedUsers(
                ids(fields),
                byDevice(fields.get("identity")),
                context == null ? "{}" : Json.write(object(context, "context")),
                fields.get("flag_keys") == null ? List.of() : texts(fields.get("flag_keys"), "flag_keys"));
    }

    private static @Nullable Object parse(String body) {
        try {
            return Json.parse(body);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("bad_request", String.valueOf(e.getMessage()), "body"));
        }
    }

    private static List<String> ids(Map<?, ?> fields) {
        Object given = fields.get("user_ids");
        Object generate = fields.get("generate");
        if ((given == null) == (generate == null)) {
            throw invalid("must have exactly one of user_ids and generate", "user_ids");
        }
        List<String> ids = given != null ? texts(given, "user_ids") : generated(object(generate, "generate"));
        List<String> distinct = List.copyOf(new LinkedHashSet<>(ids));
        if (distinct.isEmpty()) {
            throw invalid("must have at least one id", "user_ids");
        }
        if (distinct.size() > MOST) {
            throw invalid("must have at most " + MOST + " ids, had " + distinct.size(), "user_ids");
        }
        return distinct;
    }

    private static List<String> generated(Map<?, ?> generate) {
        rejectUnknown(generate, GENERATE_FIELDS, "generate");
        if (!(generate.get("count") instanceof Long count) || count < 1 || count > MOST) {
            throw invalid("must be an integer from 1 to " + MOST, "generate.count");
        }
        Object prefix = generate.containsKey("prefix") ? generate.get("prefix") : "user-";
        if (!(prefix instanceof String text) || text.length() > LONGEST_PREFIX) {
            throw invalid("must be a string of at most " + LONGEST_PREFIX + " characters", "generate.prefix");
        }
        List<String> ids = new ArrayList<>();
        for (long number = 1; number <= count; number++) {
            ids.add(text + number);
        }
        return ids;
    }

    private static boolean byDevice(@Nullable Object identity) {
        if (identity == null || identity.equals("user_id")) {
            return false;
        }
        if (identity.equals("device_id")) {
            return true;
        }
        throw invalid("must be user_id or device_id", "identity");
    }

    private static List<String> texts(@Nullable Object value, String path) {
        if (!(value instanceof List<?> list)) {
            throw invalid("must be an array of strings", path);
        }
        List<String> texts = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            if (!(list.get(i) instanceof String text) || text.isEmpty()) {
                throw invalid("must be a string that is not empty", path + "[" + i + "]");
            }
            texts.add(text);
        }
        return texts;
    }

    private static Map<?, ?> object(@Nullable Object value, String path) {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw invalid("must be a JSON object", path);
    }

    private static void rejectUnknown(Map<?, ?> fields, Set<String> known, String path) {
        for (Object field : fields.keySet()) {
            if (!known.contains(String.valueOf(field))) {
                throw invalid("has an unknown field; known fields: " + String.join(", ", new TreeSet<>(known)), path);
            }
        }
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest("invalid_simulation", message, path));
    }
}
