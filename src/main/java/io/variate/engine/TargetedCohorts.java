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

    boolean isEmpty() {
        return byGroupType.isEmpty();
    }

    List<String> of(String groupType) {
        return byGroupType.getOrDefault(groupType, List.of());
    }

    /** Collects the cohorts that conditions name. */
    static final class Collector {
        private final Map<String, Set<String>> byGroupType = new LinkedHashMap<>();

        void add(Condition condition) {
            String groupType = groupType(condition.selector());
            if (groupType != null && !condition.values().isEmpty()) {
                byGroupType
                        .computeIfAbsent(groupType, absent -> new LinkedHashSet<>())
                        .addAll(condition.values());
            }
        }

        TargetedCohorts build() {
            if (byGroupType.isEmpty()) {
                return NONE;
            }
            Map<String, List<String>> ids = new LinkedHashMap<>();
            byGroupType.forEach((groupType, distinct) -> ids.put(groupType, List.copyOf(distinct)));
            return new TargetedCohorts(ids);
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
    }
}
