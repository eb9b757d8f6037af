package io.variate.ofrep;

import io.variate.engine.Flag;
import io.variate.rulesets.DeployedFlags;
import java.util.List;

/** The flags that there are for a provider: not those that only others depend on. */
final class FlagKeys {
    private FlagKeys() {}

    /** Those of the deployment. */
    static List<String> of(DeployedFlags deployed) {
        return keysOf(deployed, List.of());
    }

    /** Whether the deployment has a flag. */
    static boolean contains(DeployedFlags deployed, String key) {
        return keysOf(deployed, List.of(key)).contains(key);
    }

    private static List<String> keysOf(DeployedFlags deployed, List<String> asked) {
        return deployed.plan(asked).flags().stream()
                .filter(FlagKeys::isDeployed)
                .map(Flag::key)
                .toList();
    }

    private static boolean isDeployed(Flag flag) {
        return flag.metadata() == null || !Boolean.FALSE.equals(flag.metadata().get("deployed"));
    }
}
