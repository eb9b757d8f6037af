package io.variate.http.flags;

import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.ServedFlags;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.decoding.QueryString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The flags that a stream subscribes to.
 *
 * @param deploymentKey of the deployment that has the flags
 * @param remote whether only flags with remote evaluation; a key of type {@code server} gets them with their rules
 */
record FlagSubscription(String deploymentKey, boolean remote) {
    private static final FlagFilter REMOTE = new FlagFilter("remote", null, List.of());

    /** Reads the query string; everything but {@code eval_mode=remote} is ignored. */
    static FlagSubscription of(DeployedFlags deployed, @Nullable String query) {
        boolean[] remote = {false};
        if (query != null) {
            QueryString.forEach(
                    query, (name, value) -> remote[0] |= name.equals("eval_mode") && value.equals("remote"));
        }
        return new FlagSubscription(deployed.deployment().key(), remote[0]);
    }

    /** The flags of a ruleset, or null if it has no such deployment. */
    @Nullable
    ServedFlags flags(Ruleset ruleset) {
        DeployedFlags deployed = ruleset.deployment(deploymentKey);
        return deployed == null ? null : flags(deployed);
    }

    ServedFlags flags(DeployedFlags deployed) {
        return remote ? deployed.served().filtered(REMOTE) : deployed.served();
    }
}
