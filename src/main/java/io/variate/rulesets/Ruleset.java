package io.variate.rulesets;

import io.variate.cohorts.Cohorts;
import io.variate.json.Problem;
import io.variate.rulesets.document.EncodedRuleset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What answers are made from: compiled, deeply immutable, shared by all threads of a node.
 *
 * @param revision grows with every change
 * @param encoded the document it was compiled from
 * @param deploymentsByKey deployments of this node's zone only
 * @param cohorts those of the document
 * @param problems flags left out and conditions that never hold, with the reason
 */
public record Ruleset(
        long revision,
        EncodedRuleset encoded,
        Map<String, DeployedFlags> deploymentsByKey,
        Cohorts cohorts,
        List<Problem> problems) {

    public Ruleset {
        deploymentsByKey = Map.copyOf(deploymentsByKey);
        problems = List.copyOf(problems);
    }

    /** What the deployment of that key may see, or null if there is none in this zone. */
    public @Nullable DeployedFlags deployment(String key) {
        return deploymentsByKey.get(key);
    }

    /** The keys of flags that SDKs with local evaluation do not get, in order, whatever the deployment. */
    Set<String> withheld() {
        Set<String> keys = new TreeSet<>();
        deploymentsByKey
                .values()
                .forEach(deployed -> keys.addAll(deployed.served().withheld()));
        return keys;
    }

    @Override
    public String toString() {
        return "Ruleset[revision=" + revision + ", " + deploymentsByKey.size() + " deployments]";
    }
}
