package io.variate.management;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the cohorts that a resource targets or includes, enabled or not. Stateless. */
final class TargetedCohorts {
    private static final String COHORT_IDS = "cohort_ids";

    /** The value that holds for users without any cohort. */
    private static final String NONE = "(none)";

    private TargetedCohorts() {}

    /** The ids of the cohorts, in the project of the resource. */
    static Set<String> of(Resource resource) {
        Set<String> found = new LinkedHashSet<>();
        if (resource instanceof ManagedFlag flag) {
            flag.inclusions().values().forEach(inclusions -> found.addAll(inclusions.cohorts()));
            flag.targetSegments().forEach(segment -> addTargeted(segment, found));
        } else if (resource instanceof MutexGroup group) {
            group.slots().forEach(slot -> found.addAll(slot.cohorts()));
        } else if (resource instanceof RawFlag flag) {
            addNamed(tree(flag.definition()), found);
        }
        found.remove(NONE);
        return found;
    }

    private static void addTargeted(TargetSegment segment, Set<String> found) {
        segment.conditions().stream()
                .filter(condition -> condition.prop().equals(TargetCondition.COHORT))
                .forEach(condition -> found.addAll(condition.values()));
    }

    /** Adds the values of all conditions on cohort ids, wherever they are in the definition. */
    private static void addNamed(@Nullable Object tree, Set<String> found) {
        if (tree instanceof Map<?, ?> members) {
            if (members.get("selector") instanceof List<?> selector
                    && !selector.isEmpty()
                    && COHORT_IDS.equals(selector.get(selector.size() - 1))
                    && members.get("values") instanceof List<?> values) {
                values.stream().filter(String.class::isInstance).forEach(id -> found.add((String) id));
            }
            members.values().forEach(member -> addNamed(member, found));
        } else if (tree instanceof List<?> elements) {
            elements.forEach(element -> addNamed(element, found));
        }
    }

    private static @Nullable Object tree(String definition) {
        try {
            return Json.parse(definition);
        } catch (JsonException e) {
            return null;
        }
    }
}
