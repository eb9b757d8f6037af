package io.variate.commandline.resources;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Resources as files have them: without what differs between servers. Other resources are named by their keys, deployments
 * by their labels, instead of by ids; credentials, usage and audit fields are left out.
 */
final class PortableForm {
    private static final String DEPLOYMENTS = "deployments";
    private static final String PARENTS = "parentDependencies";
    private static final String FLAGS = "flags";
    private static final String SLOTS = "slots";

    private static final Set<String> OMITTED = Set.of(
            "id",
            "projectId",
            "key",
            "deleted",
            "createdBy",
            "lastModifiedBy",
            "createdAt",
            "lastModifiedAt",
            "lastEvaluated",
            "lastUsed",
            "previousKey",
            "previousKeyLastUsed",
            "version",
            // The server derives it.
            "state");

    private PortableForm() {}

    /** Leaves out what files do not have. */
    static Map<String, @Nullable Object> of(
            Map<String, @Nullable Object> resource, UnaryOperator<String> deployments, UnaryOperator<String> flags) {
        Map<String, @Nullable Object> portable = new LinkedHashMap<>(resource);
        portable.keySet().removeAll(OMITTED);
        portable.remove("managed", true);
        portable.remove("description", null);
        return renamed(portable, deployments, flags);
    }

    /**
     * Replaces all references.
     *
     * @param deployments by id or label
     * @param flags of flags, experiments and groups, by id or key
     */
    static Map<String, @Nullable Object> renamed(
            Map<String, @Nullable Object> resource, UnaryOperator<String> deployments, UnaryOperator<String> flags) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(resource);
        copy.computeIfPresent(DEPLOYMENTS, (field, ids) -> names(ids, deployments));
        copy.computeIfPresent("experiments", (field, ids) -> names(ids, flags));
        copy.computeIfPresent(PARENTS, (field, parents) -> parents(parents, flags));
        copy.computeIfPresent(SLOTS, (field, slots) -> slots(slots, flags));
        return copy;
    }

    private static Object names(Object ids, UnaryOperator<String> name) {
        return ids instanceof List<?> list
                ? list.stream().map(String::valueOf).map(name).toList()
                : ids;
    }

    private static Object parents(Object tree, UnaryOperator<String> flags) {
        if (!(tree instanceof Map<?, ?> parents) || !(parents.get(FLAGS) instanceof Map<?, ?> byId)) {
            return tree;
        }
        Map<Object, @Nullable Object> renamed = new LinkedHashMap<>();
        byId.forEach((id, variants) -> renamed.put(flags.apply(String.valueOf(id)), variants));
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(parents);
        copy.put(FLAGS, renamed);
        return copy;
    }

    private static Object slots(Object tree, UnaryOperator<String> flags) {
        if (!(tree instanceof List<?> slots)) {
            return tree;
        }
        List<Object> copies = new ArrayList<>();
        for (Object each : slots) {
            if (each instanceof Map<?, ?> slot) {
                Map<Object, @Nullable Object> copy = new LinkedHashMap<>(slot);
                copy.computeIfPresent("experiments", (field, ids) -> names(ids, flags));
                copy.computeIfPresent("holdouts", (field, ids) -> names(ids, flags));
                copies.add(copy);
            } else {
                copies.add(each);
            }
        }
        return copies;
    }

    /** Leaves out memberships in groups, which answers list as dependencies: files have them in the groups. */
    static Map<String, @Nullable Object> withoutGroups(Map<String, @Nullable Object> resource, Set<String> groups) {
        if (!(resource.get(PARENTS) instanceof Map<?, ?> dependencies)
                || !(dependencies.get(FLAGS) instanceof Map<?, ?> parents)) {
            return resource;
        }
        Map<Object, @Nullable Object> rest = new LinkedHashMap<>(parents);
        groups.forEach(rest::remove);
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(dependencies);
        copy.put(FLAGS, rest);
        Map<String, @Nullable Object> without = new LinkedHashMap<>(resource);
        without.put(PARENTS, copy);
        return without;
    }

    /** The keys of the flags, experiments and groups to which a resource refers. */
    static Set<String> references(Map<String, @Nullable Object> resource) {
        Set<String> found = new LinkedHashSet<>();
        renamed(resource, UnaryOperator.identity(), key -> {
            found.add(key);
            return key;
        });
        return found;
    }
}
