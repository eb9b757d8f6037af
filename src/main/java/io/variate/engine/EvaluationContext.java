package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.TextForm;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The user and groups to evaluate for, limited to what the flags of one plan use. Created by {@link
 * EvaluationPlan#read}, {@link EvaluationPlan#contextOfUser} and {@link EvaluationPlan#contextOf}. Thread-safe as long
 * as the tree that it was created from is not modified.
 */
public final class EvaluationContext {

    /** A context whose plan is empty. */
    static final EvaluationContext EMPTY = new EvaluationPlan(
                    new CompiledFlag[0], new EvaluatedVariant[0], new PropertyPaths(), TargetedCohorts.NONE, 0)
            .contextOf(Map.of());

    private final EvaluationPlan plan;
    private final @Nullable Property[] found;
    private final Map<String, List<String>> groups;

    /** @param found the properties that are present, by the numbers of the plan's paths */
    EvaluationContext(EvaluationPlan plan, @Nullable Property[] found, Map<String, List<String>> groups) {
        this.plan = plan;
        this.found = found;
        this.groups = groups;
    }

    /** Collects the properties that the plan uses from a tree. */
    static EvaluationContext of(
            EvaluationPlan plan, Map<String, @Nullable Object> tree, Map<String, List<String>> groups) {
        @Nullable Property[] found = new Property[plan.paths().size()];
        plan.paths().root().collect(tree, found);
        return new EvaluationContext(plan, found, groups);
    }

    /** The user id, or null if it is missing or empty. A number or boolean is converted to its text form. */
    public @Nullable String userId() {
        return id(plan.paths().userId());
    }

    /** The device id, like {@link #userId}. */
    public @Nullable String deviceId() {
        return id(plan.paths().deviceId());
    }

    /** The names of the user's groups, by group type. Evaluation uses only the first name of each type. */
    public Map<String, List<String>> groups() {
        return groups;
    }

    EvaluationPlan plan() {
        return plan;
    }

    @Nullable
    Property property(int number) {
        return found[number];
    }

    private @Nullable String id(PathNode node) {
        Property property = found[node.number()];
        return property == null ? null : TextForm.ofId(property.value());
    }

    /** Returns the group names of a tree, one per type. */
    static Map<String, List<String>> groupNames(Map<String, @Nullable Object> tree) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        if (tree.get("groups") instanceof Map<?, ?> types) {
            types.forEach((type, group) -> {
                if (group instanceof Map<?, ?> members && members.get("group_name") instanceof String name) {
                    names.put(String.valueOf(type), List.of(name));
                }
            });
        }
        return Collections.unmodifiableMap(names);
    }
}
