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
 * What a line asks. Fields that it does not know are skipped, and null counts as absent.
 *
 * @param user whom to evaluate for, as clients describe a user; null if there is a context instead
 * @param context whom to evaluate for, as selectors see it; null if there is a user instead
 * @param flags the line's own, not yet read, or null for those of the ruleset
 * @param flagKeys what to evaluate, with all that it depends on; empty means all
 * @param sort whether dependencies go first, and the answer tells the order
 */
record LineRequest(
        @Nullable Map<String, @Nullable Object> user,
        @Nullable Map<String, @Nullable Object> context,
        @Nullable List<?> flags,
        List<String> flagKeys,
        boolean sort) {

    /** @throws RejectedLineException if a field has the wrong type, or it is not clear whom to evaluate for */
    static LineRequest read(Map<?, ?> line) {
        Map<String, @Nullable Object> user = object(line, "user");
        Map<String, @Nullable Object> context = object(line, "context");
        if (user == null && context == null) {
            throw wrong("user", "is missing");
        }
        if (user != null && context != null) {
            throw wrong("context", "must not stand beside a user");
        }
        return new LineRequest(user, context, list(line, "flags"), flagKeys(line), sort(line));
    }

    /** Whom to evaluate for, as a plan sees it. */
    EvaluationContext toContext(EvaluationPlan plan) {
        return user != null ? plan.contextOfUser(user) : plan.contextOf(Objects.requireNonNull(context));
    }

    @SuppressWarnings("unchecked") // The JSON reader makes no other maps.
    private static @Nullable Map<String, @Nullable Object> object(Map<?, ?> line, String field) {
        Object value = Json.typed(line.get(field));
        if (value != null && !(value instanceof Map)) {
            throw wrong(field, "must be an object");
        }
        return (Map<String, @Nullable Object>) value;
    }

    private static @Nullable List<?> list(Map<?, ?> line, String field) {
        Object value = line.get(field);
        if (value != null && !(value instanceof List)) {
            throw wrong(field, "must be a list");
        }
        return (List<?>) value;
    }

    private static List<String> flagKeys(Map<?, ?> line) {
        List<?> elements = list(line, "flagKeys");
        List<String> keys = new ArrayList<>();
        for (int i = 0; elements != null && i < elements.size(); i++) {
            if (!(elements.get(i) instanceof String key)) {
                throw wrong("flagKeys[" + i + "]", "must be a string");
            }
            keys.add(key);
        }
        return keys;
    }

    private static boolean sort(Map<?, ?> line) {
        Object sort = line.get("sort");
        if (sort != null && !(sort instanceof Boolean)) {
            throw wrong("sort", "must be true or false");
        }
        return Boolean.TRUE.equals(sort);
    }

    private static RejectedLineException wrong(String path, String message) {
        return new RejectedLineException(new LineError("invalid_line", message, path));
    }
}
