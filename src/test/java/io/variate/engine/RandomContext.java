package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Random contexts: a user and its groups, mostly of the usual shape, sometimes with any type in any field. */
final class RandomContext {

    static final List<String> TEXT_FIELDS = List.of(
            "user_id",
            "device_id",
            "country",
            "region",
            "dma",
            "city",
            "language",
            "platform",
            "version",
            "os",
            "device_manufacturer",
            "device_brand",
            "device_model",
            "carrier",
            "library");

    static final List<String> GROUP_TYPES = List.of("org", "team", "", "a.b");

    private final Choices choices;
    private final RandomJson json;

    private RandomContext(Choices choices) {
        this.choices = choices;
        this.json = new RandomJson(choices);
    }

    static Map<String, @Nullable Object> make(Choices choices) {
        return new RandomContext(choices).context();
    }

    private Map<String, @Nullable Object> context() {
        Map<String, @Nullable Object> context = new LinkedHashMap<>();
        context.put("user", orAnyValue(user()));
        if (choices.chance(50)) {
            context.put("groups", orAnyValue(groups()));
        }
        if (choices.chance(5)) {
            context.put(choices.oneOf(RandomJson.KEYS), json.value(3));
        }
        return context;
    }

    private Map<String, @Nullable Object> user() {
        Map<String, @Nullable Object> user = new LinkedHashMap<>();
        for (String field : TEXT_FIELDS) {
            if (choices.chance(40)) {
                user.put(field, orAnyValue(json.text()));
            }
        }
        user.put("user_properties", orAnyValue(json.object(3)));
        user.put("cohort_ids", orAnyValue(cohorts()));
        return user;
    }

    private Map<String, @Nullable Object> groups() {
        Map<String, @Nullable Object> groups = new LinkedHashMap<>();
        for (int i = 0; choices.more(i, 2); i++) {
            Map<String, @Nullable Object> group = new LinkedHashMap<>();
            group.put("group_name", orAnyValue(json.text()));
            group.put("group_properties", orAnyValue(json.object(2)));
            group.put("cohort_ids", orAnyValue(cohorts()));
            groups.put(choices.oneOf(GROUP_TYPES), orAnyValue(group));
        }
        return groups;
    }

    private List<@Nullable Object> cohorts() {
        return new ArrayList<>(choices.listOf(4, () -> choices.oneOf("a", "b", "c", "TRUE", "1", "")));
    }

    private @Nullable Object orAnyValue(Object usual) {
        return choices.chance(5) ? json.value(3) : usual;
    }
}
