package io.variate.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns the user objects that clients send into evaluation contexts.
 *
 * <p>Top-level nulls count as absent and unknown fields are kept. {@code groups}, {@code group_properties} and {@code
 * group_cohort_ids} leave the user and become {@code context.groups}, where each type has the first of its names.
 * {@code cohort_ids} may be a list of ids or an object whose keys are ids. Members of the wrong type are ignored.
 */
public final class UserContext {

    private UserContext() {}

    /**
     * Reads a user.
     *
     * @param userJson JSON text of a user object; null is a user without any field
     * @param userId replaces the user's {@code user_id} unless null
     * @param deviceId replaces the user's {@code device_id} unless null
     * @throws JsonException if the text is not JSON, or is not a JSON object
     */
    public static EvaluationContext read(
            @Nullable String userJson, @Nullable String userId, @Nullable String deviceId) {
        Map<String, @Nullable Object> user = userJson == null ? new LinkedHashMap<>() : readObject(userJson);
        if (userId != null) {
            user.put("user_id", userId);
        }
        if (deviceId != null) {
            user.put("device_id", deviceId);
        }
        return toContext(user);
    }

    @SuppressWarnings("unchecked") // The reader makes no other maps.
    private static Map<String, @Nullable Object> readObject(String userJson) {
        if (Json.parse(userJson) instanceof Map<?, ?> user) {
            return (Map<String, @Nullable Object>) user;
        }
        throw new JsonException("a user must be a JSON object", userJson, 0);
    }

    private static EvaluationContext toContext(Map<String, @Nullable Object> user) {
        UserGroups groups = UserGroups.takeFrom(user);
        if (user.get("cohort_ids") instanceof Map<?, ?> ids) {
            user.put("cohort_ids", List.copyOf(ids.keySet()));
        }
        user.values().removeIf(Objects::isNull);
        Map<String, @Nullable Object> root = new LinkedHashMap<>(4);
        root.put("user", user);
        if (!groups.names().isEmpty()) {
            root.put("groups", groups.asContext());
        }
        return new EvaluationContext(root, groups.names());
    }
}
