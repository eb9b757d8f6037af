package io.variate.commandline;

import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The evaluation that a line requests. Unknown fields are ignored; null counts as absent.
 *
 * @param user the user in the format of the HTTP API; null if the line has a context
 * @param context the user as selectors address it; null if the line has a user
 * @param flags the line's own flags, unparsed; null means the flags of the ruleset
 * @param flagKeys flags to evaluate, in addition to their dependencies; empty means all
 * @param sort whether flags are evaluated after their dependencies, and the result includes the order
 */
record LineRequest(
        @Nullable Map<String, @Nullable Object> user,
        @Nullable Map<String, @Nullable Object> context,
        @Nullable List<?> flags,
        List<String> flagKeys,
        boolean sort) {

    /** @throws RejectedLineException if a field has the wrong type, or if the line has not exactly one of user and context */
    static LineRequest read(Map<?, ?> line) {
        Map<String, @Nullable Object> user = object(line, "user");
        Map<String, @Nullable Object> context = object(line, "context");
        if (user == null && context == null) {
            throw invalid("user", "is required");
        }
        if (user != null && context != null) {
            throw invalid("context", "cannot be combined with user");
        }
        return new LineRequest(user, context, list(line, "flags"), flagKeys(line), sort(line));
    }

    /** The user as the context of a plan. */
    EvaluationContext toContext(EvaluationPlan plan) {
        return user != null ? plan.contextOfUser(user) : plan.contextOf(Objects.requireNonNull(context));
    }

    @SuppressWarnings("unchecked") // The JSON reader creates no other maps.
    private static @Nullable Map<String, @Nullable Object> object(Map<?, ?> line, String field) {
        Object value = Json.typed(line.get(field));
        if (value != null && !(value instanceof Map)) {
            throw invalid(field, "must be an object");
        }
        return (Map<String, @Nullable Object>) value;
    }

    private static @Nullable List<?> list(Map<?, ?> line, String field) {
        Object value = line.get(field);
        if (value != null && !(value instanceof List)) {
            throw invalid(field, "must be a list");
        }
        return (List<?>) value;
    }

    private static List<String> flagKeys(Map<?, ?> line) {
        List<?> elements = list(line, "flagKeys");
        List<String> keys = new ArrayList<>();
        for (int i = 0; elements != null && i < elements.size(); i++) {
            if (!(elements.get(i) instanceof String key)) {
                throw invalid("flagKeys[" + i + "]", "must be a string");
            }
            keys.add(key);
        }
        return keys;
    }

    private static boolean sort(Map<?, ?> line) {
        Object sort = line.get("sort");
        if (sort != null && !(sort instanceof Boolean)) {
            throw invalid("sort", "must be true or false");
        }
        return Boolean.TRUE.equals(sort);
    }

    private static RejectedLineException invalid(String path, String message) {
        return new RejectedLineException(new LineError("invalid_line", message, path));
    }
}
