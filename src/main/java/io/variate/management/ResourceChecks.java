package io.variate.management;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.management.format.Limits;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Slot;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules about resources that refer to each other. What concerns one flag alone is checked once more in its compiled form.
 */
final class ResourceChecks {
    private final Draft draft;
    private final RowSet rows;

    private ResourceChecks(Draft draft, RowSet rows) {
        this.draft = draft;
        this.rows = rows;
    }

    /**
     * Checks what has changed, and what depends on it.
     *
     * @throws RejectedWriteException for the first rule that is broken
     */
    static void check(Draft draft, RowSet rows, WritePlaces places) {
        ResourceChecks checks = new ResourceChecks(draft, rows);
        for (long id : draft.changed()) {
            places.check(id, () -> checks.checkChanged(id));
        }
        for (long id : draft.affected()) {
            Resource child = draft.active(id);
            if (child != null) {
                places.check(checks.cause(child), () -> {
                    checks.checkParents(child, true);
                    checks.rejectCycle(child);
                });
            }
        }
    }

    private void checkChanged(long id) {
        Resource now = draft.after(id);
        if (now == null || now.archived()) {
            requireUnused(id);
        } else {
            checkReferences(now);
        }
    }

    /** The first changed resource that a child depends on, before or after the writes. */
    private long cause(Resource child) {
        for (long id : draft.changed()) {
            if (draft.sources(id, StoredForm.PARENT).contains(child.id())
                    || draft.parents(child.id()).contains(id)) {
                return id;
            }
        }
        return child.id();
    }

    /** Checks a resource that has no row any more. */
    private void requireUnused(long id) {
        Resource old = draft.before(id);
        if (old == null) {
            return;
        }
        boolean isGone = draft.after(id) == null;
        for (long child : draft.currentSources(id, StoredForm.PARENT)) {
            Resource resource = draft.after(child);
            if (resource != null && (isGone || !resource.archived())) {
                throw Rejections.inUse("the " + old.kind().text() + " is a prerequisite of '" + resource.key() + "'");
            }
        }
        ProjectRows project = rows.project(old.project());
        // A project that is deleted may have rows that the same batch removes.
        if (!isGone && old.kind() == ResourceKind.PROJECT && project != null && hasElements(project)) {
            throw Rejections.inUse("the project has flags, deployments or cohorts");
        }
    }

    private static boolean hasElements(ProjectRows project) {
        return !project.flags().isEmpty()
                || !project.deployments().isEmpty()
                || !project.cohorts().isEmpty();
    }

    private void checkReferences(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            checkVariants(flag);
        }
        checkDeployments(resource);
        if (resource instanceof HoldoutGroup group) {
            checkMembers(group, group.experiments(), ResourceKind.EXPERIMENT, "experiments");
        } else if (resource instanceof MutexGroup group) {
            for (int i = 0; i < group.slots().size(); i++) {
                Slot slot = group.slots().get(i);
                String path = "slots[" + i + "]";
                checkMembers(group, slot.experiments(), ResourceKind.EXPERIMENT, path + ".experiments");
                checkMembers(group, slot.holdouts(), ResourceKind.HOLDOUT, path + ".holdouts");
            }
        }
        checkParents(resource, false);
        rejectCycle(resource);
    }

    private static void checkVariants(ManagedFlag flag) {
        Set<String> keys = new HashSet<>();
        for (FlagVariant variant : flag.variants()) {
            if (variant.key().equals(FlagVariant.OFF)) {
                throw Rejections.invalid("invalid_variant", "the variant key 'off' is reserved", "variants");
            }
            if (!keys.add(variant.key())) {
                throw Rejections.invalid(
                        "invalid_variant", "the variant key '" + variant.key() + "' occurs twice", "variants");
            }
        }
        if (keys.isEmpty()) {
            throw Rejections.invalid("invalid_variant", "a flag needs at least one variant", "variants");
        }
        flag.inclusions().forEach((variant, inclusions) -> checkInclusions(flag, variant, inclusions));
    }

    private static void checkInclusions(ManagedFlag flag, String variant, Inclusions inclusions) {
        if (flag.variant(variant) == null && !variant.equals(FlagVariant.OFF)) {
            throw Rejections.invalid(
                    "invalid_inclusions", "the flag has no variant '" + variant + "'", "inclusions." + variant);
        }
        if (inclusions.users().size() > Limits.INCLUSIONS
                || inclusions.cohorts().size() > Limits.INCLUSIONS) {
            throw Rejections.invalid(
                    "too_many_inclusions",
                    "a variant includes at most " + Limits.INCLUSIONS + " users; use a cohort for more",
                    "inclusions." + variant);
        }
    }

    /** Only new ones must be usable: an archived deployment gets its flags back when it is restored. */
    private void checkDeployments(Resource resource) {
        Resource old = draft.before(resource.id());
        List<Long> present = old == null ? List.of() : StoredForm.deployments(old);
        for (long id : StoredForm.deployments(resource)) {
            boolean isUsable = draft.after(id) instanceof ManagedDeployment deployment
                    && deployment.project().equals(resource.project())
                    && (!deployment.archived() || present.contains(id));
            if (!isUsable) {
                throw Rejections.invalid(
                        "invalid_reference", "the project has no deployment with the id " + id, "deployments");
            }
        }
    }

    private void checkMembers(Resource group, List<Long> members, ResourceKind kind, String path) {
        Resource old = draft.before(group.id());
        Set<Long> present = old == null ? Set.of() : StoredForm.members(old);
        for (long id : members) {
            Resource member = draft.after(id);
            boolean isUsable = member != null
                    && member.project().equals(group.project())
                    && member.kind() == kind
                    && (!member.archived() || present.contains(id));
            if (member == null || !isUsable) {
                throw Rejections.invalid(
                        "invalid_reference", "the project has no " + kind.text() + " with the id " + id, path);
            }
            if (member instanceof RawFlag && !present.contains(id)) {
                throw Rejections.invalid(
                        "invalid_reference",
                        "'" + member.key() + "' is raw, so nothing can be added to it: adopt it first",
                        path);
            }
            requireSuitableMode(member, group, path, false);
        }
    }

    /** @param parentChanged whether the parent is what changes, so that the child is in its way */
    private void checkParents(Resource child, boolean parentChanged) {
        if (!(child instanceof ManagedFlag flag)) {
            return;
        }
        flag.dependencies().flags().forEach((id, variants) -> {
            String path = "parentDependencies.flags." + id;
            Resource parent = draft.active(id);
            if (parent == null
                    || !parent.kind().isFlagRow()
                    || !parent.project().equals(child.project())) {
                throw parentChanged
                        ? Rejections.inUse("'" + child.key() + "' depends on what the write removes")
                        : Rejections.invalid("invalid_reference", "the project has no flag with the id " + id, path);
            }
            Set<String> known = variants(parent);
            for (String variant : variants) {
                if (!known.contains(variant)) {
                    throw parentChanged
                            ? Rejections.inUse("'" + child.key() + "' depends on the variant '" + variant + "'")
                            : Rejections.invalid(
                                    "invalid_reference",
                                    "'" + parent.key() + "' has no variant '" + variant + "'",
                                    path);
                }
            }
            requireSuitableMode(child, parent, path, parentChanged);
        });
        for (long id : draft.currentSources(child.id(), StoredForm.MEMBER)) {
            Resource group = draft.active(id);
            if (group != null) {
                requireSuitableMode(child, group, "evaluationMode", parentChanged);
            }
        }
    }

    private void requireSuitableMode(Resource child, Resource parent, String path, boolean parentChanged) {
        if (mode(child) == EvaluationMode.LOCAL && mode(parent) == EvaluationMode.REMOTE) {
            String message = "'" + child.key() + "' is evaluated locally, so it cannot depend on '" + parent.key()
                    + "', which is evaluated remotely";
            throw parentChanged ? Rejections.inUse(message) : Rejections.invalid("invalid_reference", message, path);
        }
    }

    /** Null for a raw flag, whose mode its author answers for. */
    private static @Nullable EvaluationMode mode(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            return flag.evaluationMode();
        }
        if (resource instanceof HoldoutGroup group) {
            return group.evaluationMode();
        }
        return resource instanceof MutexGroup group ? group.evaluationMode() : null;
    }

    /** The variants that a flag can give. */
    private static Set<String> variants(Resource parent) {
        Set<String> variants = new HashSet<>();
        variants.add(FlagVariant.OFF);
        if (parent instanceof ManagedFlag flag) {
            flag.variants().forEach(variant -> variants.add(variant.key()));
        } else if (parent instanceof HoldoutGroup group) {
            variants.add(HoldoutGroup.HELD_OUT);
            variants.add(group.variantName());
        } else if (parent instanceof MutexGroup group) {
            variants.add(MutexGroup.UNALLOCATED);
            group.slots().forEach(slot -> variants.add(slot.variantKey()));
        } else if (parent instanceof RawFlag raw) {
            variants.addAll(rawVariants(raw));
        }
        return variants;
    }

    private static Set<String> rawVariants(RawFlag raw) {
        try {
            return Json.parse(raw.definition()) instanceof Map<?, ?> flag
                            && flag.get("variants") instanceof Map<?, ?> map
                    ? map.keySet().stream().map(Objects::toString).collect(Collectors.toSet())
                    : Set.of();
        } catch (JsonException e) {
            return Set.of();
        }
    }

    private void rejectCycle(Resource resource) {
        Set<Long> seen = new LinkedHashSet<>();
        Deque<Long> open = new ArrayDeque<>(draft.parents(resource.id()));
        while (!open.isEmpty()) {
            long id = open.remove();
            if (id == resource.id()) {
                throw Rejections.invalid(
                        "dependency_cycle",
                        "the dependencies of '" + resource.key() + "' lead back to it",
                        "parentDependencies");
            }
            if (seen.add(id)) {
                open.addAll(draft.parents(id));
            }
        }
    }
}
