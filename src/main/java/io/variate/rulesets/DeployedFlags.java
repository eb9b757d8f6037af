package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluationPlan;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.FlagFilter;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one deployment, compiled.
 *
 * @param project the project that the deployment belongs to
 * @param flags the flags of the deployment and their dependencies, which count as undeployed
 * @param served the flags as SDKs with local evaluation get them
 * @param exact the flags as another server in front of this one gets them
 * @param expiresAt when the key of the deployment expires, because it is a previous one; null for never
 * @param uses counts the uses of the deployment key; the same object in all rulesets
 */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
public record DeployedFlags(
        Project project,
        Deployment deployment,
        CompiledFlags flags,
        ServedFlags served,
        ExactFlags exact,
        @Nullable Instant expiresAt,
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

    /** Whether the key of the deployment has expired. */
    public boolean hasExpired() {
        return expiresAt != null && !Instant.now().isBefore(expiresAt);
    }

    /** Whether everything is the same instance, or an equal deployment. */
    boolean isSameAs(DeployedFlags other) {
        return project == other.project
                && deployment.equals(other.deployment)
                && Objects.equals(expiresAt, other.expiresAt)
                && flags == other.flags
                && served == other.served;
    }
}
