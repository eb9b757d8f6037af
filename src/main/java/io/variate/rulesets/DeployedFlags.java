package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluationPlan;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;

/**
 * The flags of one deployment, compiled.
 *
 * @param project the project that the deployment belongs to
 * @param flags the flags of the deployment and their dependencies, which count as undeployed
 * @param served the flags as SDKs with local evaluation get them
 * @param exact the flags as another server in front of this one gets them
 * @param uses counts the uses of the deployment key; the same object in all rulesets
 */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
public record DeployedFlags(
        Project project,
        Deployment deployment,
        CompiledFlags flags,
        ServedFlags served,
        ExactFlags exact,
        DeploymentUses uses) {

    /**
     * The plan that evaluates the requested flags.
     *
     * @param keys requested flags; unknown keys are ignored, and an empty list means all flags
     */
    public EvaluationPlan plan(List<String> keys) {
        return keys.isEmpty() ? flags.planAll() : flags.plan(keys);
    }

    /**
     * The keys of the flags that match a filter, dependencies first, without flags that match only as dependencies.
     * Beware: {@link #plan} takes an empty list as all flags, so a filter without matches needs no evaluation.
     */
    public List<String> keys(FlagFilter filter) {
        return served.keys(filter);
    }

    /** Whether everything is the same instance, or an equal deployment. */
    boolean isSameAs(DeployedFlags other) {
        return project == other.project
                && deployment.equals(other.deployment)
                && flags == other.flags
                && served == other.served;
    }
}
