package io.variate.admin.api;

import io.variate.management.Stored;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.translation.Dependencies;
import io.variate.management.translation.References;
import io.variate.store.Usage;
import io.variate.store.UsageStore.FlagId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What answers about flags and experiments have beyond the resources themselves: memberships in groups, and usage. Immutable.
 *
 * @param groups the groups that contain the flags
 * @param usage the usage of the flags; an unused one is missing
 */
record FlagDetails(References groups, Map<FlagId, Usage> usage) {

    /** Whether a resource is a flag or an experiment. */
    static boolean concern(Stored stored) {
        return stored.resource() instanceof ManagedFlag || stored.resource() instanceof RawFlag;
    }

    /** The flag in the usage. */
    static FlagId id(Resource flag) {
        return new FlagId(flag.project(), flag.key());
    }

    /** Shows memberships in groups as dependencies, as Amplitude does. */
    Stored withGroups(Stored stored) {
        if (!(stored.resource() instanceof ManagedFlag flag)
                || groups.groupsOf(flag.id()).isEmpty()) {
            return stored;
        }
        ManagedFlag shown = flag.edit()
                .dependencies(new Dependencies(groups).withGroups(flag.id(), flag.dependencies()))
                .build();
        return new Stored(
                shown,
                stored.version(),
                stored.createdAt(),
                stored.createdBy(),
                stored.modifiedAt(),
                stored.modifiedBy());
    }

    /** Adds when a flag was last evaluated or fetched: null if never, or unknown. */
    Map<String, @Nullable Object> addTo(Stored stored, Map<String, @Nullable Object> tree) {
        if (concern(stored)) {
            Usage used = usage.get(id(stored.resource()));
            tree.put("lastEvaluated", used == null ? null : ResourceJson.time(used.last()));
        }
        return tree;
    }
}
