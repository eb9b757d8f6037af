package io.variate.ofrep;

import io.variate.engine.model.Flag;
import io.variate.rulesets.DeployedFlags;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The flags that a provider can see: without those that exist only as dependencies of others. */
final class VisibleFlags {
    private VisibleFlags() {}

    /** The visible flags of a deployment. */
    static List<Flag> of(DeployedFlags deployed) {
        return deployed.plan(List.of()).flags().stream()
                .filter(VisibleFlags::isDeployed)
                .toList();
    }

    /** The flag with a key, or null if the deployment has none. */
    static @Nullable Flag find(DeployedFlags deployed, String key) {
        return deployed.plan(List.of(key)).flags().stream()
                .filter(flag -> flag.key().equals(key) && isDeployed(flag))
                .findFirst()
                .orElse(null);
    }

    private static boolean isDeployed(Flag flag) {
        return flag.metadata() == null || !Boolean.FALSE.equals(flag.metadata().get("deployed"));
    }
}
