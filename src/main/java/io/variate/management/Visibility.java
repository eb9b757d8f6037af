package io.variate.management;

import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.Slot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the compiled flags of other resources can depend on. Two equal values mean that no other resource changes. */
record Visibility(String key, List<?> parts) {

    /** Null stands for a resource that does not exist. */
    static @Nullable Visibility of(@Nullable Resource resource) {
        if (resource == null || resource.archived()) {
            return null;
        }
        return new Visibility(resource.key(), parts(resource));
    }

    private static List<?> parts(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            return List.of(
                    flag.evaluationMode(),
                    flag.variants().stream().map(FlagVariant::key).toList());
        }
        if (resource instanceof RawFlag flag) {
            return List.of(flag.definition());
        }
        if (resource instanceof HoldoutGroup group) {
            return List.of(group.evaluationMode(), group.variantName(), group.experiments());
        }
        if (resource instanceof MutexGroup group) {
            return List.of(
                    group.evaluationMode(),
                    group.slots().stream().map(Slot::variantKey).toList(),
                    group.slots().stream().map(Slot::experiments).toList(),
                    group.slots().stream().map(Slot::holdouts).toList());
        }
        return List.of();
    }
}
