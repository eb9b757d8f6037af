package io.variate.management.translation;

import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.Slot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The references among a set of resources in memory. Immutable. */
public final class ResourceIndex implements References {
    private record FlagKey(String project, String key) {}

    private final Map<Long, Resource> byId = new TreeMap<>();
    private final Map<FlagKey, Resource> byKey = new HashMap<>();
    private final Map<Long, Set<Resource>> groups = new HashMap<>();
    private final Map<Long, List<String>> deployed = new HashMap<>();

    /** Creates the index of resources with ids. */
    public ResourceIndex(Collection<? extends Resource> resources) {
        resources.forEach(resource -> byId.put(resource.id(), resource));
        byId.values().forEach(this::add);
        deployed.values().forEach(keys -> keys.sort(null));
    }

    private void add(Resource resource) {
        if (resource.kind().isFlagRow()) {
            byKey.put(new FlagKey(resource.project(), resource.key()), resource);
        }
        if (resource.archived()) {
            return;
        }
        if (resource instanceof MutexGroup group) {
            for (Slot slot : group.slots()) {
                slot.experiments().forEach(id -> addGroup(id, group));
                slot.holdouts().forEach(id -> addGroup(id, group));
            }
        } else if (resource instanceof HoldoutGroup group) {
            group.experiments().forEach(id -> addGroup(id, group));
        } else if (resource instanceof ManagedFlag flag) {
            flag.deployments().forEach(id -> addDeployed(id, flag));
        } else if (resource instanceof RawFlag flag) {
            flag.deployments().forEach(id -> addDeployed(id, flag));
        }
    }

    private void addGroup(long member, Resource group) {
        groups.computeIfAbsent(member, absent -> new LinkedHashSet<>()).add(group);
    }

    private void addDeployed(long deployment, Resource flag) {
        deployed.computeIfAbsent(deployment, absent -> new ArrayList<>()).add(flag.key());
    }

    @Override
    public @Nullable Resource find(long id) {
        return byId.get(id);
    }

    @Override
    public List<Resource> groupsOf(long member) {
        return List.copyOf(groups.getOrDefault(member, Set.of()));
    }

    @Override
    public List<String> flagsOf(long deployment) {
        return List.copyOf(deployed.getOrDefault(deployment, List.of()));
    }

    @Override
    public @Nullable Resource find(String project, String key) {
        return byKey.get(new FlagKey(project, key));
    }
}
