package io.variate.management;

import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.Resource;
import io.variate.management.model.Slot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Negative ids, which stand for resources that earlier writes of the same batch have created. */
final class Placeholders {
    private final Map<Long, Long> ids;

    private Placeholders(Map<Long, Long> ids) {
        this.ids = ids;
    }

    /** The resource with the ids of the created resources. */
    static Resource resolve(Resource resource, Map<Long, Long> ids) {
        return new Placeholders(ids).resolve(resource);
    }

    private Resource resolve(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            Map<Long, List<String>> parents = new LinkedHashMap<>();
            flag.dependencies().flags().forEach((id, variants) -> parents.put(resolve(id), variants));
            return flag.edit()
                    .dependencies(
                            new ParentDependencies(parents, flag.dependencies().operator()))
                    .deployments(resolve(flag.deployments()))
                    .build();
        }
        if (resource instanceof HoldoutGroup group) {
            return group.withExperiments(resolve(group.experiments()));
        }
        if (resource instanceof MutexGroup group) {
            return group.withSlots(group.slots().stream().map(this::resolve).toList());
        }
        return StoredForm.withDeployments(resource, resolve(StoredForm.deployments(resource)));
    }

    private Slot resolve(Slot slot) {
        return slot.withMembers(resolve(slot.experiments()), resolve(slot.holdouts()), slot.individuals());
    }

    private List<Long> resolve(List<Long> listed) {
        return listed.stream().map(this::resolve).toList();
    }

    private long resolve(long id) {
        return ids.getOrDefault(id, id);
    }
}
