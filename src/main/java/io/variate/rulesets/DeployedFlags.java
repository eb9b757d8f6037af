package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluationPlan;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;

/**
 * The flags of one deployment, compiled.
 *
 * @param flags those of the deployment and what they depend on; the latter count as undeployed
 * @param served those that SDKs get which evaluate by themselves
 */
public record DeployedFlags(Deployment deployment, CompiledFlags flags, ServedFlags served) {

    /**
     * What to evaluate.
     *
     * @param keys flags asked for, unknown ones allowed; empty means all
     */
    public EvaluationPlan plan(List<String> keys) {
        return keys.isEmpty() ? flags.planAll() : flags.plan(keys);
    }

    /**
     * The keys of those flags that pass a filter, dependencies first, but without those that only others depend on.
     * Beware that no keys mean all flags to {@link #plan}: a filter that lets none pass needs no evaluation.
     */
    public List<String> keys(FlagFilter filter) {
        return served.keys(filter);
    }
}
