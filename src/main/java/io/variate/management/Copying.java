package io.variate.management;

import io.variate.management.model.Bucketing;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.Slot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The promotion of a flag, an experiment or a group to another project. Used by one thread. */
final class Copying {
    private final Draft draft;
    private final Counterparts counterparts;

    /** @param draft with the sources and what they refer to */
    Copying(Draft draft, Counterparts counterparts) {
        this.draft = draft;
        this.counterparts = counterparts;
    }

    /** Finds counterparts in another project. */
    interface Counterparts {
        /** The id of the resource with the same key in a project, or null. */
        @Nullable
        Long find(long id, String project);
    }

    /** The ids of what must have a counterpart: prerequisites, and members of a group. */
    static Set<Long> references(Resource source) {
        Set<Long> references = new LinkedHashSet<>(StoredForm.parents(source));
        references.addAll(StoredForm.members(source));
        return references;
    }

    /**
     * The resource of the other project after the copy.
     *
     * @param id its id
     * @param present the resource as it is, or null
     */
    Resource copy(Resource source, String project, long id, @Nullable Resource present) {
        if (present != null && present.kind() != source.kind()) {
            throw Rejections.keyTaken(source);
        }
        boolean archived = present != null && present.archived();
        if (source instanceof RawFlag raw) {
            return raw.withId(id)
                    .withProject(project)
                    .withDeployments(deployments(present))
                    .withArchived(archived);
        }
        if (source instanceof HoldoutGroup group) {
            return copy(group, project, id, present).withArchived(archived);
        }
        if (source instanceof MutexGroup group) {
            return copy(group, project, id, present).withArchived(archived);
        }
        if (!(source instanceof ManagedFlag flag)) {
            throw Rejections.invalid("invalid_copy", "only flags, experiments and groups can be copied", null);
        }
        return flag.edit()
                .id(id)
                .project(project)
                .bucketing(salted(flag.bucketing(), present instanceof ManagedFlag kept ? kept.bucketing() : null))
                .dependencies(new ParentDependencies(
                        parents(flag, project), flag.dependencies().operator()))
                .deployments(deployments(present))
                .archived(archived)
                .build();
    }

    private static List<Long> deployments(@Nullable Resource present) {
        return present == null ? List.of() : StoredForm.deployments(present);
    }

    /** With the salt of the present resource, so that its users keep their variants. */
    private static Bucketing salted(Bucketing bucketing, @Nullable Bucketing present) {
        return present == null ? bucketing : new Bucketing(bucketing.key(), present.salt(), bucketing.unit());
    }

    private Map<Long, List<String>> parents(ManagedFlag flag, String project) {
        Map<Long, List<String>> parents = new LinkedHashMap<>();
        flag.dependencies().flags().forEach((parent, variants) -> {
            Long counterpart = counterparts.find(parent, project);
            if (counterpart == null) {
                throw new RejectedWriteException(
                        409,
                        "missing_parent",
                        "the prerequisite with the id " + parent
                                + " has no counterpart with its key in the other project",
                        "parentDependencies.flags");
            }
            parents.put(counterpart, variants);
        });
        return parents;
    }

    private HoldoutGroup copy(HoldoutGroup group, String project, long id, @Nullable Resource present) {
        requireMembers(group, project);
        return new HoldoutGroup(
                id,
                project,
                group.key(),
                group.name(),
                group.description(),
                group.percentage(),
                group.evaluationMode(),
                salted(group.bucketing(), present instanceof HoldoutGroup kept ? kept.bucketing() : null),
                group.variantName(),
                members(group.experiments(), project),
                group.individualInclusion(),
                group.individualExclusion(),
                false);
    }

    private MutexGroup copy(MutexGroup group, String project, long id, @Nullable Resource present) {
        requireMembers(group, project);
        List<Slot> slots = group.slots().stream()
                .map(slot -> slot.withMembers(
                        members(slot.experiments(), project), members(slot.holdouts(), project), slot.individuals()))
                .toList();
        return new MutexGroup(
                id,
                project,
                group.key(),
                group.name(),
                group.description(),
                group.evaluationMode(),
                salted(group.bucketing(), present instanceof MutexGroup kept ? kept.bucketing() : null),
                slots,
                false);
    }

    /** Names all members without a counterpart, so that one copy of each suffices. */
    private void requireMembers(Resource group, String project) {
        List<String> missing = new ArrayList<>();
        for (long member : StoredForm.members(group)) {
            if (counterparts.find(member, project) == null) {
                Resource resource = draft.after(member);
                missing.add(resource == null ? String.valueOf(member) : "'" + resource.key() + "'");
            }
        }
        if (!missing.isEmpty()) {
            throw new RejectedWriteException(
                    409,
                    "missing_member",
                    "the other project has no experiment or holdout group with the key " + String.join(", ", missing)
                            + ": copy it first",
                    "projectId");
        }
    }

    private List<Long> members(List<Long> ids, String project) {
        List<Long> members = new ArrayList<>();
        for (long id : ids) {
            Long counterpart = counterparts.find(id, project);
            if (counterpart != null) {
                members.add(counterpart);
            }
        }
        return members;
    }
}
