package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluationPlan;
import java.util.List;

/**
 * The flags of one deployment, compiled.
 *
 * @param flags those of the deployment and what they depend on; the latter count as undeployed
 */
public record DeployedFlags(Deployment deployment, CompiledFlags flags) {

    /**
     * What to evaluate.
     *
     * @param keys flags asked for, unknown ones allowed; empty means all
     */
    public EvaluationPlan plan(List<String> keys) {
        return keys.isEmpty() ? flags.planAll() : flags.plan(keys);
    }
}
