package io.variate.engine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whom flags are evaluated for. Immutable as long as the tree it was made from is left alone, and then free to be
 * shared. Any tree will do: members of unexpected types are simply not found by selectors.
 */
public final class EvaluationContext {

    private final Map<String, @Nullable Object> root;
    private final Map<String, List<String>> groups;

    EvaluationContext(Map<String, @Nullable Object> root, Map<String, List<String>> groups) {
        this.root = root;
        this.groups = groups;
    }

    /**
     * A context as selectors see it below {@code context}: by convention with {@code user} and {@code groups}.
     *
     * @param context a tree such as {@link Json#parse} makes; not copied
     */
    public static EvaluationContext of(Map<String, @Nullable Object> context) {
        return new EvaluationContext(context, groupNames(context.get("groups")));
    }

    private static Map<String, List<String>> groupNames(@Nullable Object groups) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        if (groups instanceof Map<?, ?> types) {
            types.forEach((type, group) -> {
                if (group instanceof Map<?, ?> members && members.get("group_name") instanceof String name) {
                    names.put(String.valueOf(type), List.of(name));
                }
            });
        }
        return Collections.unmodifiableMap(names);
    }

    /** The user's id, an id that is a number or a boolean in its text form, or null if there is none. */
    public @Nullable String userId() {
        return userText("user_id");
    }

    /** The device's id, as {@link #userId}. */
    public @Nullable String deviceId() {
        return userText("device_id");
    }

    /** The names of the user's groups, by group type. Of several names, evaluation looks at the first one only. */
    public Map<String, List<String>> groups() {
        return groups;
    }

    Map<String, @Nullable Object> root() {
        return root;
    }

    private @Nullable String userText(String field) {
        return root.get("user") instanceof Map<?, ?> user ? TextForm.ofScalar(user.get(field)) : null;
    }
}
