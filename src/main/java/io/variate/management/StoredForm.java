package io.variate.management;

import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.format.ResourceReader;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Slot;
import io.variate.store.ResourceKey;
import io.variate.store.ResourceReference;
import io.variate.store.StoredResource;
import io.variate.store.StoredVersion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How resources are stored: as JSON text, with their references. Stateless. */
final class StoredForm {
    /** The target is a prerequisite of the source. */
    static final String PARENT = "parent";

    /** The source is a group, and the target an experiment or a holdout group in it. */
    static final String MEMBER = "member";

    /** The target is a deployment that serves the source. */
    static final String DEPLOYMENT = "deployment";

    private static final String FLAGS = "flag";

    private StoredForm() {}

    static Resource read(StoredResource stored) {
        return read(kind(stored.kind()), stored.definition());
    }

    static Resource read(StoredVersion version) {
        return read(kind(version.kind()), version.definition());
    }

    static Stored stored(StoredResource stored) {
        return new Stored(
                read(stored),
                stored.version(),
                stored.createdAt(),
                stored.createdBy(),
                stored.modifiedAt(),
                stored.modifiedBy());
    }

    private static Resource read(ResourceKind kind, String definition) {
        List<Problem> found = new ArrayList<>();
        Resource resource = tree(kind, Json.parseStrict(definition), found);
        if (resource == null) {
            throw new IllegalStateException("cannot read a stored " + kind.text() + ": "
                    + found.get(0).path() + ": " + found.get(0).reason());
        }
        return resource;
    }

    /** Reads a tree, or returns null and adds problems. */
    static @Nullable Resource tree(ResourceKind kind, @Nullable Object tree, List<Problem> found) {
        return ResourceReader.read(kind, tree, new Problems("", found));
    }

    static String write(Resource resource) {
        return ResourceWriter.json(resource);
    }

    static ResourceKind kind(String text) {
        return ResourceKind.valueOf(text.toUpperCase(Locale.ROOT));
    }

    static ResourceKey key(Resource resource) {
        return key(resource.kind(), resource.project(), resource.key());
    }

    static ResourceKey key(ResourceKind kind, String project, String key) {
        return new ResourceKey(project, kind.isFlagRow() ? FLAGS : kind.text(), key);
    }

    static List<ResourceReference> references(Resource resource) {
        List<ResourceReference> references = new ArrayList<>();
        parents(resource).forEach(id -> references.add(new ResourceReference(resource.id(), id, PARENT)));
        members(resource).forEach(id -> references.add(new ResourceReference(resource.id(), id, MEMBER)));
        deployments(resource).forEach(id -> references.add(new ResourceReference(resource.id(), id, DEPLOYMENT)));
        return references;
    }

    /** The ids of the prerequisites. */
    static Set<Long> parents(Resource resource) {
        return resource instanceof ManagedFlag flag
                ? flag.dependencies().flags().keySet()
                : Set.of();
    }

    /** The ids of what is in a group. */
    static Set<Long> members(Resource resource) {
        Set<Long> members = new LinkedHashSet<>();
        if (resource instanceof MutexGroup group) {
            for (Slot slot : group.slots()) {
                members.addAll(slot.experiments());
                members.addAll(slot.holdouts());
            }
        } else if (resource instanceof HoldoutGroup group) {
            members.addAll(group.experiments());
        }
        return members;
    }

    /** The ids of the deployments that serve a flag. */
    static List<Long> deployments(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            return flag.deployments();
        }
        return resource instanceof RawFlag flag ? flag.deployments() : List.of();
    }

    static Resource withDeployments(Resource resource, List<Long> deployments) {
        if (resource instanceof ManagedFlag flag) {
            return flag.edit().deployments(deployments).build();
        }
        return resource instanceof RawFlag flag ? flag.withDeployments(deployments) : resource;
    }
}
