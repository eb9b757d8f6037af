package io.variate.management.model;

import java.util.List;

/**
 * A holdout group: a share of users that get none of some experiments. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param name for people
 * @param description for people; may be empty
 * @param percentage the share that is held out, from 1 to 99
 * @param evaluationMode where the group is evaluated
 * @param bucketing what decides whether a user is held out
 * @param variantName the variant of users who are not held out
 * @param experiments ids of the experiments
 * @param individualInclusion ids of users and devices that are always held out
 * @param individualExclusion ids of users and devices that are never held out
 */
public record HoldoutGroup(
        long id,
        String project,
        String key,
        String name,
        String description,
        int percentage,
        EvaluationMode evaluationMode,
        Bucketing bucketing,
        String variantName,
        List<Long> experiments,
        List<String> individualInclusion,
        List<String> individualExclusion,
        boolean archived)
        implements Resource {
    /** The variant of users who are held out. */
    public static final String HELD_OUT = "holdout";

    /** The usual variant of users who are not held out. */
    public static final String ON = "on";

    public HoldoutGroup {
        experiments = List.copyOf(experiments);
        individualInclusion = List.copyOf(individualInclusion);
        individualExclusion = List.copyOf(individualExclusion);
    }

    @Override
    public ResourceKind kind() {
        return ResourceKind.HOLDOUT;
    }

    @Override
    public HoldoutGroup withId(long changed) {
        return copy(changed, project, experiments, archived);
    }

    @Override
    public HoldoutGroup withProject(String changed) {
        return copy(id, changed, experiments, archived);
    }

    @Override
    public HoldoutGroup withArchived(boolean changed) {
        return copy(id, project, experiments, changed);
    }

    public HoldoutGroup withExperiments(List<Long> changed) {
        return copy(id, project, changed, archived);
    }

    /** The group without an experiment. */
    public HoldoutGroup without(long experiment) {
        return withExperiments(
                experiments.stream().filter(each -> each != experiment).toList());
    }

    private HoldoutGroup copy(long newId, String newProject, List<Long> newExperiments, boolean nowArchived) {
        return new HoldoutGroup(
                newId,
                newProject,
                key,
                name,
                description,
                percentage,
                evaluationMode,
                bucketing,
                variantName,
                newExperiments,
                individualInclusion,
                individualExclusion,
                nowArchived);
    }
}
