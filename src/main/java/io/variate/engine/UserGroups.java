package io.variate.engine;

import io.variate.json.TextForm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The groups of a user object.
 *
 * @param names the group names by type; every type has at least one
 * @param properties by type, then name
 * @param cohorts by type, then name: a list of ids, or an object whose keys are ids
 */
record UserGroups(Map<String, List<String>> names, Map<?, ?> properties, Map<?, ?> cohorts) {

    /** Creates the groups from members of a user object; members of the wrong type are ignored. */
    static UserGroups of(@Nullable Object names, @Nullable Object properties, @Nullable Object cohorts) {
        return new UserGroups(namesByType(asMap(names)), asMap(properties), asMap(cohorts));
    }

    /** Returns the groups as selectors see them: the first named group of each type. */
    Map<String, @Nullable Object> asContext(CohortLookup lookup) {
        Map<String, @Nullable Object> groups = new LinkedHashMap<>();
        names.forEach((type, typeNames) -> groups.put(type, group(type, typeNames.get(0), lookup)));
        return groups;
    }

    private Map<String, @Nullable Object> group(String type, String name, CohortLookup lookup) {
        Map<String, @Nullable Object> group = new LinkedHashMap<>(4);
        group.put("group_name", name);
        Map<?, ?> ownProperties = asMap(asMap(properties.get(type)).get(name));
        if (!ownProperties.isEmpty()) {
            group.put("group_properties", ownProperties);
        }
        Collection<?> sent = cohortIds(asMap(cohorts.get(type)).get(name));
        Object ownCohorts = lookup.extend(type, name, sent.isEmpty() ? null : sent);
        if (ownCohorts != null) {
            group.put("cohort_ids", ownCohorts);
        }
        return group;
    }

    private static Collection<?> cohortIds(@Nullable Object cohorts) {
        return cohorts instanceof Collection<?> ids
                ? ids
                : List.copyOf(asMap(cohorts).keySet());
    }

    private static Map<String, List<String>> namesByType(Map<?, ?> groups) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        groups.forEach((type, value) -> {
            List<String> typeNames =
                    texts(value instanceof Collection<?> several ? several : Collections.singleton(value));
            if (!typeNames.isEmpty()) {
                names.put(String.valueOf(type), typeNames);
            }
        });
        return Collections.unmodifiableMap(names);
    }

    private static List<String> texts(Collection<?> values) {
        List<String> texts = new ArrayList<>(values.size());
        for (Object value : values) {
            String text = TextForm.ofScalar(value);
            if (text != null) {
                texts.add(text);
            }
        }
        return Collections.unmodifiableList(texts);
    }

    private static Map<?, ?> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
