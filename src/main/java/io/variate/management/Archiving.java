package io.variate.management;

import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Resource;
import java.util.List;

/** What archiving and deleting change besides. */
final class Archiving {
    private Archiving() {}

    /** An archived group has no members, so they no longer depend on it. */
    static Resource of(Resource archived) {
        if (archived instanceof HoldoutGroup group) {
            return group.withExperiments(List.of());
        }
        if (archived instanceof MutexGroup group) {
            return group.withSlots(group.slots().stream()
                    .map(slot -> slot.withMembers(List.of(), List.of(), slot.individuals()))
                    .toList());
        }
        return archived;
    }

    /** The resource without a deleted one in its lists. */
    static Resource without(Resource listing, long deleted) {
        if (listing instanceof HoldoutGroup group) {
            return group.without(deleted);
        }
        if (listing instanceof MutexGroup group) {
            return group.without(deleted);
        }
        return StoredForm.withDeployments(
                listing,
                StoredForm.deployments(listing).stream()
                        .filter(id -> id != deleted)
                        .toList());
    }
}
