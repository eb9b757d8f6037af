package io.variate.management;

import io.variate.management.model.Resource;
import io.variate.management.translation.References;
import io.variate.store.ResourceReference;
import io.variate.store.StoredResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The resources that a transaction has loaded, before and after its writes, with the references between them. Used by one
 * thread at a time.
 */
final class Draft implements References {
    private final Map<Long, StoredResource> stored = new HashMap<>();
    private final Map<Long, Resource> before = new HashMap<>();
    private final Map<Long, Resource> after = new HashMap<>();
    private final Map<Long, Set<ResourceReference>> incoming = new HashMap<>();

    /** By id, in the order of the writes. */
    private final Map<Long, String> actions = new LinkedHashMap<>();

    private final Set<Long> named = new LinkedHashSet<>();
    private final Set<Long> absent = new HashSet<>();

    /** Adds what a load of some ids has found. */
    void add(Collection<Long> ids, List<StoredResource> found, List<ResourceReference> references) {
        for (StoredResource row : found) {
            Resource resource = StoredForm.read(row);
            stored.put(row.id(), row);
            before.put(row.id(), resource);
            after.put(row.id(), resource);
        }
        ids.stream().filter(id -> !stored.containsKey(id)).forEach(absent::add);
        ids.forEach(id -> incoming.computeIfAbsent(id, key -> new LinkedHashSet<>()));
        for (ResourceReference reference : references) {
            Set<ResourceReference> known = incoming.get(reference.target());
            if (known != null) {
                known.add(reference);
            }
        }
    }

    /** Whether a load has looked for the id. */
    boolean knows(long id) {
        return after.containsKey(id) || stored.containsKey(id) || absent.contains(id);
    }

    /** The row as loaded, or null for a new resource. */
    @Nullable
    StoredResource stored(long id) {
        return stored.get(id);
    }

    /** The resource before all writes, or null. */
    @Nullable
    Resource before(long id) {
        return before.get(id);
    }

    /** The resource after the writes so far, or null if it does not exist. */
    @Nullable
    Resource after(long id) {
        return after.get(id);
    }

    /** The resource after the writes so far, if it exists and has a row. */
    @Nullable
    Resource active(long id) {
        Resource resource = after.get(id);
        return resource == null || resource.archived() ? null : resource;
    }

    /** Puts a resource that a write names, and notes the first action on it. */
    void put(Resource resource, String action) {
        after.put(resource.id(), resource);
        actions.putIfAbsent(resource.id(), action);
        named.add(resource.id());
    }

    /** Puts a resource that changes because of another one. */
    void adjust(Resource resource) {
        after.put(resource.id(), resource);
        actions.putIfAbsent(resource.id(), "edit");
    }

    void delete(long id) {
        after.remove(id);
        actions.put(id, "delete");
        named.add(id);
    }

    /** The ids of all resources that a write names, in the order of the writes. */
    Set<Long> named() {
        return named;
    }

    /** What was done to a resource that differs now, or null if only others were changed. */
    @Nullable
    String action(long id) {
        return Objects.equals(before.get(id), after.get(id)) ? null : actions.get(id);
    }

    /** The ids of resources that a write touched and that differ now. */
    Set<Long> changed() {
        Set<Long> changed = new LinkedHashSet<>(actions.keySet());
        changed.removeIf(id -> Objects.equals(before.get(id), after.get(id)));
        return changed;
    }

    /** The ids that refer to a target, before or after the writes. */
    Set<Long> sources(long target, String role) {
        Set<Long> sources = new LinkedHashSet<>();
        for (ResourceReference reference : incoming.getOrDefault(target, Set.of())) {
            if (reference.role().equals(role)) {
                sources.add(reference.source());
            }
        }
        for (long id : actions.keySet()) {
            Resource resource = after.get(id);
            if (resource != null && refers(resource, target, role)) {
                sources.add(id);
            }
        }
        return sources;
    }

    /** The ids of resources that refer to a target after the writes. What is not loaded has not changed. */
    Set<Long> currentSources(long target, String role) {
        Set<Long> sources = sources(target, role);
        sources.removeIf(id -> {
            Resource resource = after.get(id);
            return knows(id) && (resource == null || !refers(resource, target, role));
        });
        return sources;
    }

    private static boolean refers(Resource resource, long target, String role) {
        return switch (role) {
            case StoredForm.PARENT -> StoredForm.parents(resource).contains(target);
            case StoredForm.MEMBER -> StoredForm.members(resource).contains(target);
            default -> StoredForm.deployments(resource).contains(target);
        };
    }

    @Override
    public @Nullable Resource find(long id) {
        return after.get(id);
    }

    @Override
    public @Nullable Resource find(String project, String key) {
        for (Resource resource : after.values()) {
            if (resource.kind().isFlagRow()
                    && resource.key().equals(key)
                    && resource.project().equals(project)) {
                return resource;
            }
        }
        return null;
    }

    @Override
    public List<Resource> groupsOf(long member) {
        List<Resource> groups = new ArrayList<>();
        for (long id : new TreeSet<>(currentSources(member, StoredForm.MEMBER))) {
            Resource group = active(id);
            if (group != null) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** Rows of deployments are changed flag by flag, because all flags of one are not loaded. */
    @Override
    public List<String> flagsOf(long deployment) {
        throw new UnsupportedOperationException();
    }

    /** The ids of prerequisites and groups of a resource after the writes, of which all or none are loaded. */
    Set<Long> parents(long id) {
        Set<Long> parents = new LinkedHashSet<>();
        Resource resource = after.get(id);
        if (resource != null) {
            parents.addAll(StoredForm.parents(resource));
            parents.addAll(currentSources(id, StoredForm.MEMBER));
        }
        return parents;
    }

    /**
     * The ids of resources whose compiled flag may change although no write changes them: children of parents whose variants
     * or key change, and what joins or leaves a group.
     */
    Set<Long> affected() {
        Set<Long> affected = new LinkedHashSet<>();
        for (long id : changed()) {
            Resource old = before.get(id);
            Resource now = after.get(id);
            if (old != null && Objects.equals(Visibility.of(old), Visibility.of(now))) {
                continue;
            }
            affected.addAll(sources(id, StoredForm.PARENT));
            if (old != null) {
                affected.addAll(StoredForm.members(old));
            }
            if (now != null) {
                affected.addAll(StoredForm.members(now));
            }
        }
        affected.removeAll(changed());
        return affected;
    }

    /** The ids that are still to be loaded before the writes can be checked and compiled. */
    Set<Long> missing() {
        Set<Long> wanted = new LinkedHashSet<>();
        Set<Long> focus = new LinkedHashSet<>(changed());
        focus.addAll(affected());
        for (long id : changed()) {
            Resource old = before.get(id);
            Resource now = after.get(id);
            wanted.addAll(now == null ? List.of() : StoredForm.deployments(now));
            wanted.addAll(now == null ? Set.of() : StoredForm.members(now));
            wanted.addAll(old == null ? List.of() : StoredForm.deployments(old));
            wanted.addAll(sources(id, StoredForm.MEMBER));
            boolean gone = now == null || now.archived();
            if (gone) {
                wanted.addAll(sources(id, StoredForm.PARENT));
            }
            boolean restored = old != null && old.archived() && now != null && !now.archived();
            if (now == null || restored) {
                wanted.addAll(sources(id, StoredForm.DEPLOYMENT));
            }
        }
        // Rights depend on the deployments of what is named, even if nothing changes.
        for (long id : named) {
            Resource resource = after.get(id);
            wanted.addAll(resource == null ? List.of() : StoredForm.deployments(resource));
        }
        addWithParents(focus, wanted);
        wanted.removeIf(this::knows);
        return wanted;
    }

    private void addWithParents(Set<Long> ids, Set<Long> wanted) {
        Set<Long> open = new LinkedHashSet<>(ids);
        Set<Long> seen = new HashSet<>();
        while (!open.isEmpty()) {
            Set<Long> next = new LinkedHashSet<>();
            for (long id : open) {
                if (seen.add(id)) {
                    wanted.add(id);
                    Resource resource = after.get(id);
                    next.addAll(resource == null ? Set.of() : StoredForm.parents(resource));
                    next.addAll(sources(id, StoredForm.MEMBER));
                }
            }
            open = next;
        }
    }
}
