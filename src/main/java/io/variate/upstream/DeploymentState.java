package io.variate.upstream;

import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a deployment of the upstream. Immutable.
 *
 * @param key its credential; secret
 * @param local the set that the upstream sends to SDKs with local evaluation; null until the sets were fetched
 * @param remote the set with the rules of flags of remote evaluation, or the exact set of another Variate
 * @param revision the lowest revision of the sets; 0 if the upstream reports none
 */
record DeploymentState(
        String project, String key, String label, @Nullable FlagSet local, FlagSet remote, long revision) {

    private static final String CLIENT_PREFIX = "client-";

    /** Whether the flags were fetched since this node follows the upstream. */
    boolean isFetched() {
        return local != null;
    }

    /** Whether another Variate sent the flags as they are in its ruleset. */
    boolean isExact() {
        return remote.isExact();
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
        Deployment upstream = remote.deployment();
        if (upstream != null) {
            return exact(upstream, flags.keySet());
        }
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

    /** The zone concerns the upstream only. All flags are named: other deployments may still have some that were removed. */
    private Deployment exact(Deployment upstream, Collection<String> keys) {
        return new Deployment(
                key,
                upstream.label(),
                upstream.type(),
                null,
                upstream.hasAllFlags() ? List.copyOf(keys) : upstream.flags(),
                upstream.cacheSeconds(),
                upstream.remoteRules(),
                upstream.evaluationId());
    }

    @Override
    public String toString() {
        return "DeploymentState[" + label + "]";
    }
}
