package io.variate.simulation;

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
 * Reads the users of a simulation: {@code user_ids} or {@code generate}, with {@code identity} and a common {@code context},
 * or a list of user objects. Every method throws an {@link InvalidRequestException} that names the invalid field.
 *
 * @param code the code of errors
 * @param prefix what the paths of fields start with; may be empty
 */
public record UsersReader(String code, String prefix) {
    /** Most users of a simulation. */
    public static final int MOST = 10_000;

    /** The fields that {@link #generated} reads. */
    public static final Set<String> FIELDS = Set.of("user_ids", "generate", "identity", "context");

    private static final Set<String> GENERATE_FIELDS = Set.of("count", "prefix", "identity");
    private static final int LONGEST_PREFIX = 200;

    /** Reads users that have ids of their own and common properties. Duplicate ids count once. */
    public List<SimulatedUser> generated(Map<?, ?> fields) {
        boolean byDevice = byDevice(fields);
        Object context = fields.get("context");
        String json = context == null ? "{}" : Json.write(object(context, "context"));
        return ids(fields).stream()
                .map(id -> new SimulatedUser(json, byDevice ? null : id, byDevice ? id : null))
                .toList();
    }

    /**
     * Reads user objects.
     *
     * @param path the path of the list, from which paths of its elements derive
     */
    public List<SimulatedUser> given(List<?> objects, String path) {
        requireSize(objects.size(), path, "users");
        List<SimulatedUser> users = new ArrayList<>(objects.size());
        for (int i = 0; i < objects.size(); i++) {
            users.add(new SimulatedUser(Json.write(object(objects.get(i), path + "[" + i + "]")), null, null));
        }
        return users;
    }

    /**
     * Reads users that a request has in one of three forms: a list of objects, a description of {@link #generated} ones, or
     * objects after that of the request.
     *
     * @param described the value of {@code users}; null for none
     * @param lines the values after the object of the request
     */
    public List<SimulatedUser> users(@Nullable Object described, List<@Nullable Object> lines) {
        if ((described == null) == lines.isEmpty()) {
            throw invalid("must be in the object, or follow it as objects of their own", "users");
        }
        if (described instanceof Map<?, ?> fields) {
            rejectUnknown(fields, FIELDS, "users");
            return new UsersReader(code, prefix + "users.").generated(fields);
        }
        return given(described == null ? lines : array(described, "users"), "users");
    }

    private List<String> ids(Map<?, ?> fields) {
        Object given = fields.get("user_ids");
        Object generate = fields.get("generate");
        if ((given == null) == (generate == null)) {
            throw invalid("must have exactly one of user_ids and generate", "user_ids");
        }
        List<String> ids = given != null ? texts(given, "user_ids") : numbered(object(generate, "generate"));
        List<String> distinct = List.copyOf(new LinkedHashSet<>(ids));
        requireSize(distinct.size(), "user_ids", "ids");
        return distinct;
    }

    private void requireSize(int size, String path, String what) {
        if (size == 0) {
            throw invalid("must have at least one of the " + what, path);
        }
        if (size > MOST) {
            throw invalid("must have at most " + MOST + " " + what + ", had " + size, path);
        }
    }

    private List<String> numbered(Map<?, ?> generate) {
        rejectUnknown(generate, GENERATE_FIELDS, "generate");
        if (!(Json.typed(generate.get("count")) instanceof Long count) || count < 1 || count > MOST) {
            throw invalid("must be an integer from 1 to " + MOST, "generate.count");
        }
        Object text = generate.containsKey("prefix") ? generate.get("prefix") : "user-";
        if (!(text instanceof String start) || start.length() > LONGEST_PREFIX) {
            throw invalid("must be a string of at most " + LONGEST_PREFIX + " characters", "generate.prefix");
        }
        List<String> ids = new ArrayList<>();
        for (long number = 1; number <= count; number++) {
            ids.add(start + number);
        }
        return ids;
    }

    /** The identity is beside the ids, or with the description of ids to generate. */
    private boolean byDevice(Map<?, ?> fields) {
        Object beside = fields.get("identity");
        Object within = fields.get("generate") instanceof Map<?, ?> generate ? generate.get("identity") : null;
        if (beside != null && within != null) {
            throw invalid("must not be set twice", "identity");
        }
        return within == null ? isDevice(beside, "identity") : isDevice(within, "generate.identity");
    }

    private boolean isDevice(@Nullable Object identity, String path) {
        if (identity == null || identity.equals("user_id")) {
            return false;
        }
        if (identity.equals("device_id")) {
            return true;
        }
        throw invalid("must be user_id or device_id", path);
    }

    /** Parses a body of JSON values, with white space between them: one, and as many users as are allowed. */
    public List<@Nullable Object> sequence(String body) {
        try {
            // One more, to notice it.
            return Json.parseSequence(body, 1 + MOST + 1);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("bad_request", String.valueOf(e.getMessage()), "body"));
        }
    }

    /** Reads an array. */
    public List<?> array(@Nullable Object value, String path) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw invalid("must be an array", path);
    }

    /** Reads an array of strings that are not empty. */
    public List<String> texts(@Nullable Object value, String path) {
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

    /** Reads a JSON object. */
    public Map<?, ?> object(@Nullable Object value, String path) {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw invalid("must be a JSON object", path);
    }

    /** Requires that an object has known fields only. */
    public void rejectUnknown(Map<?, ?> fields, Set<String> known, String path) {
        for (Object field : fields.keySet()) {
            if (!known.contains(String.valueOf(field))) {
                throw invalid("has an unknown field; known fields: " + String.join(", ", new TreeSet<>(known)), path);
            }
        }
    }

    /** An error about a field. */
    public InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest(code, message, prefix + path));
    }
}
