package io.variate.management.translation;

import io.variate.management.model.Bucketing;
import io.variate.management.model.TargetCondition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Properties of management resources as selectors of evaluation flags. */
final class Selectors {
    static final List<String> USER_ID = user("user_id");
    static final List<String> DEVICE_ID = user("device_id");
    static final List<String> COHORTS = user("cohort_ids");

    private static final String CONTEXT = "context";
    private static final String USER_PROPERTIES = "user_properties";
    private static final String GROUPS = "groups";
    private static final String GROUP_PROPERTIES = "group_properties";
    private static final String COHORT_IDS = "cohort_ids";
    private static final String GROUP_NAME = "group_name";

    /** What SDKs send, and what only Amplitude's cloud adds. */
    private static final Set<String> BUILT_IN = Set.of(
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
            "library",
            "device_family",
            "device_type",
            "start_version",
            "ip_address");

    private Selectors() {}

    private static List<String> user(String property) {
        return List.of("context", "user", property);
    }

    static List<String> userProperty(String name) {
        return List.of(CONTEXT, "user", USER_PROPERTIES, name);
    }

    static List<String> groupCohorts(String groupType) {
        return List.of(CONTEXT, GROUPS, groupType, COHORT_IDS);
    }

    /** The key of the variant that an earlier flag gave. */
    static List<String> result(String flag) {
        return List.of("result", flag, "key");
    }

    /** Whether SDKs send a property of users. */
    static boolean isKnown(TargetCondition condition) {
        String prop = condition.prop();
        if (prop.startsWith(TargetCondition.CUSTOM) || prop.equals(TargetCondition.COHORT)) {
            return true;
        }
        return condition.groupType() == null ? BUILT_IN.contains(prop) : prop.equals(GROUP_NAME);
    }

    static List<String> of(TargetCondition condition) {
        String prop = condition.prop();
        String groupType = condition.groupType();
        if (groupType != null) {
            return prop.equals(TargetCondition.COHORT) ? groupCohorts(groupType) : group(groupType, prop);
        }
        return prop.equals(TargetCondition.COHORT) ? COHORTS : userOrCustom(prop);
    }

    private static List<String> userOrCustom(String prop) {
        return prop.startsWith(TargetCondition.CUSTOM)
                ? userProperty(prop.substring(TargetCondition.CUSTOM.length()))
                : user(prop);
    }

    private static List<String> group(String groupType, String prop) {
        return prop.startsWith(TargetCondition.CUSTOM)
                ? List.of(CONTEXT, GROUPS, groupType, GROUP_PROPERTIES, prop.substring(TargetCondition.CUSTOM.length()))
                : List.of(CONTEXT, GROUPS, groupType, prop);
    }

    /** The value that decides the place of a user or group. */
    static List<String> of(Bucketing bucketing) {
        String key = bucketing.key();
        if (bucketing.isByUser()) {
            return userOrCustom(key);
        }
        // Amplitude's default key is one of users; groups have names.
        return group(bucketing.unit(), key.equals(Bucketing.AMPLITUDE_ID) ? GROUP_NAME : key);
    }

    /**
     * A property in management resources.
     *
     * @param groupType null for a property of users
     */
    record Property(String prop, @Nullable String groupType) {}

    /** Returns the property that a selector leads to, or null if no property does. */
    static @Nullable Property property(List<String> selector) {
        if (selector.size() < 3 || !selector.get(0).equals(CONTEXT)) {
            return null;
        }
        return switch (selector.get(1)) {
            case "user" -> {
                String prop = prop(selector.subList(2, selector.size()), USER_PROPERTIES);
                yield prop == null ? null : new Property(prop, null);
            }
            case GROUPS -> {
                String prop = prop(selector.subList(3, selector.size()), GROUP_PROPERTIES);
                yield prop == null ? null : new Property(prop, selector.get(2));
            }
            default -> null;
        };
    }

    private static @Nullable String prop(List<String> path, String custom) {
        if (path.size() == 2 && path.get(0).equals(custom)) {
            return TargetCondition.CUSTOM + path.get(1);
        }
        if (path.size() != 1 || path.get(0).startsWith(TargetCondition.CUSTOM)) {
            return null;
        }
        return path.get(0).equals(COHORT_IDS) ? TargetCondition.COHORT : path.get(0);
    }
}
