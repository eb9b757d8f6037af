package io.variate.upstream;

import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a deployment of the upstream. Immutable.
 *
 * @param key its credential; secret
 * @param local the set that the upstream sends to SDKs with local evaluation; null until it was fetched
 * @param remote the set with the rules of flags of remote evaluation
 * @param revision the revision of the ruleset upstream, if it is a Variate
 */
record DeploymentState(
        String project,
        String key,
        String label,
        @Nullable FlagSet local,
        FlagSet remote,
        @Nullable Long revision) {

    private static final String CLIENT_PREFIX = "client-";

    /** Whether the flags were fetched since this node follows the upstream. */
    boolean isFetched() {
        return local != null;
    }

    /** The flags of both sets by key, in the order of the answers. */
    Map<String, DefinedFlag> flags() {
        Map<String, DefinedFlag> flags = new LinkedHashMap<>();
        if (local != null) {
            local.flags().forEach(flag -> flags.merge(flag.flag().key(), flag, DeploymentState::better));
        }
        remote.flags().forEach(flag -> flags.merge(flag.flag().key(), flag, DeploymentState::better));
        return flags;
    }

    /**
     * The copy of a flag to serve: rules rather than a stub, deployed rather than a mere dependency, the higher version, the
     * first.
     */
    static DefinedFlag better(DefinedFlag first, DefinedFlag second) {
        boolean isStub = FlagSet.isStub(first.flag());
        if (isStub != FlagSet.isStub(second.flag())) {
            return isStub ? second : first;
        }
        boolean isDeployed = FlagSet.isDeployed(first.flag());
        if (isDeployed != FlagSet.isDeployed(second.flag())) {
            return isDeployed ? first : second;
        }
        return FlagSet.version(second.flag()) > FlagSet.version(first.flag()) ? second : first;
    }

    /** The deployment with the flags that the upstream sent as deployed; others are dependencies of these. */
    Deployment deployment(Map<String, DefinedFlag> flags) {
        List<String> deployed = new ArrayList<>();
        flags.forEach((flagKey, flag) -> {
            if (FlagSet.isDeployed(flag.flag())) {
                deployed.add(flagKey);
            }
        });
        deployed.sort(null);
        Deployment.Type type = key.startsWith(CLIENT_PREFIX) ? Deployment.Type.CLIENT : Deployment.Type.SERVER;
        return new Deployment(key, label, type, null, deployed, 0, false, false);
    }

    @Override
    public String toString() {
        return "DeploymentState[" + label + "]";
    }
}
