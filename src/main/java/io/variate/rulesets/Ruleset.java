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
 * A compiled ruleset: deeply immutable, shared by all threads of a node.
 *
 * @param revision grows with every change
 * @param encoded the source document
 * @param deploymentsByKey deployments of the zone of this node
 * @param cohorts the cohorts of the document
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

    /** The flags of the deployment with this key, or null if this zone has no such deployment. */
    public @Nullable DeployedFlags deployment(String key) {
        return deploymentsByKey.get(key);
    }

    /** The sorted keys of flags that are withheld from SDKs with local evaluation in any deployment. */
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
