package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Contexts made of choices: a user and its groups, mostly of the usual shape, with any type in any field now and then. */
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
        context.put("user", unlessOdd(user()));
        if (choices.chance(50)) {
            context.put("groups", unlessOdd(groups()));
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
                user.put(field, unlessOdd(json.text()));
            }
        }
        user.put("user_properties", unlessOdd(json.object(3)));
        user.put("cohort_ids", unlessOdd(cohorts()));
        return user;
    }

    private Map<String, @Nullable Object> groups() {
        Map<String, @Nullable Object> groups = new LinkedHashMap<>();
        for (int i = 0; choices.more(i, 2); i++) {
            Map<String, @Nullable Object> group = new LinkedHashMap<>();
            group.put("group_name", unlessOdd(json.text()));
            group.put("group_properties", unlessOdd(json.object(2)));
            group.put("cohort_ids", unlessOdd(cohorts()));
            groups.put(choices.oneOf(GROUP_TYPES), unlessOdd(group));
        }
        return groups;
    }

    private List<@Nullable Object> cohorts() {
        return new ArrayList<>(choices.listOf(4, () -> choices.oneOf("a", "b", "c", "TRUE", "1", "")));
    }

    private @Nullable Object unlessOdd(Object usual) {
        return choices.chance(5) ? json.value(3) : usual;
    }
}
