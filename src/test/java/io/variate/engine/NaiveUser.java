package io.variate.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The mapping from user objects to contexts, step by step.
 *
 * @param context the tree that selectors see
 * @param groups the names of all groups by type
 */
record NaiveUser(Map<String, @Nullable Object> context, Map<String, List<String>> groups) {

    static NaiveUser of(Map<String, @Nullable Object> tree, @Nullable String userId, @Nullable String deviceId) {
        Map<String, @Nullable Object> user = new LinkedHashMap<>(tree);
        if (userId != null && !userId.isEmpty()) {
            user.put("user_id", userId);
        }
        if (deviceId != null && !deviceId.isEmpty()) {
            user.put("device_id", deviceId);
        }
        Map<?, ?> names = map(user.remove("groups"));
        Map<?, ?> properties = map(user.remove("group_properties"));
        Map<?, ?> cohorts = map(user.remove("group_cohort_ids"));
        if (user.get("cohort_ids") instanceof Map<?, ?> ids) {
            user.put("cohort_ids", ids(ids));
        }
        while (user.values().remove(null)) {
            // Remove all nulls.
        }
        Map<String, List<String>> groups = new LinkedHashMap<>();
        Map<String, @Nullable Object> mapped = new LinkedHashMap<>();
        names.forEach((type, value) -> {
            List<String> texts = texts(value);
            if (!texts.isEmpty()) {
                String name = texts.get(0);
                groups.put((String) type, texts);
                mapped.put(
                        (String) type,
                        group(
                                name,
                                map(map(properties.get(type)).get(name)),
                                ids(map(cohorts.get(type)).get(name))));
            }
        });
        Map<String, @Nullable Object> context = new LinkedHashMap<>(Map.of("user", user));
        if (!mapped.isEmpty()) {
            context.put("groups", mapped);
        }
        return new NaiveUser(context, groups);
    }

    private static Map<String, @Nullable Object> group(String name, Map<?, ?> properties, Collection<?> cohorts) {
        Map<String, @Nullable Object> group = new LinkedHashMap<>();
        group.put("group_name", name);
        if (!properties.isEmpty()) {
            group.put("group_properties", properties);
        }
        if (!cohorts.isEmpty()) {
            group.put("cohort_ids", cohorts);
        }
        return group;
    }

    private static Collection<?> ids(@Nullable Object cohorts) {
        return cohorts instanceof Collection<?> ids
                ? ids
                : new ArrayList<>(map(cohorts).keySet());
    }

    private static List<String> texts(@Nullable Object names) {
        List<String> texts = new ArrayList<>();
        for (Object name : names instanceof Collection<?> several ? several : Collections.singleton(names)) {
            if (isScalar(name)) {
                texts.add(String.valueOf(name));
            }
        }
        return texts;
    }

    /** Returns the text of a field of the user, or null if it is missing or empty. */
    @Nullable
    String text(String field) {
        Object value = map(context.get("user")).get(field);
        return isScalar(value) && !"".equals(value) ? String.valueOf(value) : null;
    }

    private static boolean isScalar(@Nullable Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean;
    }

    private static Map<?, ?> map(@Nullable Object tree) {
        return tree instanceof Map<?, ?> map ? map : Map.of();
    }
}
