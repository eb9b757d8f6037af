package io.variate.management.translation;

import io.variate.engine.model.Condition;
import io.variate.json.Problems;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All that a flag depends on: the groups that contain it, and its prerequisites. */
public final class Dependencies {
    private final References references;

    /** Finds dependencies through references. */
    public Dependencies(References references) {
        this.references = references;
    }

    /**
     * The field {@code parentDependencies} as Amplitude's API shows it, where memberships in groups are dependencies too.
     *
     * @param own the prerequisites
     */
    public ParentDependencies withGroups(long member, ParentDependencies own) {
        Map<Long, List<String>> flags = new LinkedHashMap<>();
        groups(member).forEach(group -> flags.put(group.id(), required(group, member)));
        flags.putAll(own.flags());
        return new ParentDependencies(flags, own.operator());
    }

    /** Holdouts first, as Amplitude lists them. */
    private List<Resource> groups(long member) {
        List<Resource> groups = new ArrayList<>();
        List<Resource> all = member == Resource.UNSAVED ? List.of() : references.groupsOf(member);
        all.stream().filter(HoldoutGroup.class::isInstance).forEach(groups::add);
        all.stream().filter(MutexGroup.class::isInstance).forEach(groups::add);
        return groups;
    }

    private static List<String> required(Resource group, long member) {
        return group instanceof MutexGroup mutex
                ? mutex.variantsOf(member)
                : List.of(((HoldoutGroup) group).variantName());
    }

    /**
     * The dependencies in an evaluation flag.
     *
     * @param keys the keys of all parents
     * @param alternatives the conditions under which the flag gives {@code off}; none if it never does
     */
    record Compiled(List<String> keys, List<List<Condition>> alternatives) {}

    Compiled compile(long member, ParentDependencies own, Problems problems) {
        Set<String> keys = new LinkedHashSet<>();
        List<List<Condition>> alternatives = new ArrayList<>();
        for (Resource group : groups(member)) {
            keys.add(group.key());
            alternatives.add(List.of(isNot(group.key(), required(group, member))));
        }
        List<List<Condition>> prerequisites = new ArrayList<>();
        boolean fulfilled = false;
        for (Map.Entry<Long, List<String>> each : own.flags().entrySet()) {
            Resource parent = references.find(each.getKey());
            if (parent == null) {
                problems.member("parentDependencies")
                        .member("flags")
                        .member(String.valueOf(each.getKey()))
                        .add("", "no flag has this id");
                continue;
            }
            keys.add(parent.key());
            if (each.getValue().isEmpty()) {
                fulfilled = true;
            } else {
                prerequisites.add(List.of(isNot(parent.key(), orNone(parent, each.getValue()))));
            }
        }
        if (own.operator() == ParentDependencies.Operator.ALL) {
            alternatives.addAll(prerequisites);
        } else if (!fulfilled && !prerequisites.isEmpty()) {
            alternatives.add(prerequisites.stream().flatMap(List::stream).toList());
        }
        return new Compiled(List.copyOf(keys), alternatives);
    }

    private static Condition isNot(String key, List<String> variants) {
        return new Condition(Selectors.result(key), "is not", variants);
    }

    /** A raw flag may give no variant at all, which a dependent that requires {@code off} accepts too. */
    private static List<String> orNone(Resource parent, List<String> variants) {
        if (!(parent instanceof RawFlag) || !variants.contains(FlagVariant.OFF) || variants.contains(Conditions.NONE)) {
            return variants;
        }
        List<String> longer = new ArrayList<>(variants);
        longer.add(Conditions.NONE);
        return longer;
    }

    /** Reports prerequisites that a flag cannot have. */
    void check(ManagedFlag flag, Problems problems) {
        Problems place = problems.member("parentDependencies").member("flags");
        flag.dependencies().flags().forEach((id, variants) -> {
            Resource parent = references.find(id);
            if (parent != null) {
                check(flag, parent, variants, place.member(String.valueOf(id)));
            }
        });
        for (Resource group : groups(flag.id())) {
            if (flag.evaluationMode() == EvaluationMode.LOCAL && isRemote(group)) {
                problems.member("evaluationMode")
                        .add("", "must be \"remote\", because the group '" + group.key() + "' is remote");
            }
        }
    }

    private static void check(ManagedFlag flag, Resource parent, List<String> variants, Problems place) {
        if (!(parent instanceof ManagedFlag) && !(parent instanceof RawFlag)) {
            place.add("", "is not the id of a flag; an experiment joins a group through the group");
            return;
        }
        if (!parent.project().equals(flag.project())) {
            place.add("", "is a flag of another project");
        } else if (parent.id() == flag.id() && flag.id() != Resource.UNSAVED) {
            place.add("", "is this flag itself");
        } else if (parent.archived()) {
            place.add("", "is an archived flag");
        }
        if (flag.evaluationMode() == EvaluationMode.LOCAL && isRemote(parent)) {
            place.add("", "is a remote flag, on which a local flag cannot depend");
        }
        if (parent instanceof ManagedFlag managed) {
            for (int i = 0; i < variants.size(); i++) {
                String variant = variants.get(i);
                if (!variant.equals(FlagVariant.OFF) && managed.variant(variant) == null) {
                    place.element(i).add("", "the flag '" + parent.key() + "' has no such variant");
                }
            }
        }
    }

    private static boolean isRemote(Resource parent) {
        if (parent instanceof ManagedFlag flag) {
            return flag.evaluationMode() == EvaluationMode.REMOTE;
        }
        if (parent instanceof MutexGroup group) {
            return group.evaluationMode() == EvaluationMode.REMOTE;
        }
        return parent instanceof HoldoutGroup group && group.evaluationMode() == EvaluationMode.REMOTE;
    }
}
