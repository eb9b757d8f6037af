package io.variate.engine;

import io.variate.engine.model.Condition;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cohorts that the conditions of a plan name. Lookups of other cohorts are unnecessary. Immutable.
 *
 * @param byGroupType distinct cohort ids
 */
record TargetedCohorts(Map<String, List<String>> byGroupType) {

    static final TargetedCohorts NONE = new TargetedCohorts(Map.of());

    private static final String COHORT_IDS = "cohort_ids";

    TargetedCohorts {
        byGroupType = Map.copyOf(byGroupType);
    }

    /** Whether a condition names cohorts. */
    static boolean isNamedBy(Condition condition) {
        return groupType(condition.selector()) != null && !condition.values().isEmpty();
    }

    /** Returns the cohorts that conditions name, in the order of the conditions. */
    static TargetedCohorts of(List<Condition> conditions) {
        if (conditions.isEmpty()) {
            return NONE;
        }
        Map<String, Set<String>> distinct = new LinkedHashMap<>();
        for (Condition condition : conditions) {
            String groupType = groupType(condition.selector());
            if (groupType != null) {
                distinct.computeIfAbsent(groupType, absent -> new LinkedHashSet<>())
                        .addAll(condition.values());
            }
        }
        Map<String, List<String>> byGroupType = new LinkedHashMap<>();
        distinct.forEach((groupType, ids) -> byGroupType.put(groupType, List.copyOf(ids)));
        return new TargetedCohorts(byGroupType);
    }

    /** Returns the group type whose cohort ids a selector leads to, or null if it leads elsewhere. */
    private static @Nullable String groupType(List<String> selector) {
        if (selector.equals(List.of("context", "user", COHORT_IDS))) {
            return Membership.USER;
        }
        boolean ofGroup = selector.size() == 4
                && selector.get(0).equals("context")
                && selector.get(1).equals("groups")
                && selector.get(3).equals(COHORT_IDS);
        return ofGroup ? selector.get(2) : null;
    }

    boolean isEmpty() {
        return byGroupType.isEmpty();
    }

    List<String> of(String groupType) {
        return byGroupType.getOrDefault(groupType, List.of());
    }
}
