package io.variate.http.flags;

import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.ServedFlags;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.decoding.QueryString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stream of flags is of.
 *
 * @param deploymentKey whose flags
 * @param remote whether only flags of remote evaluation, which a key of type {@code server} gets with their rules
 */
record FlagFeed(String deploymentKey, boolean remote) {
    private static final FlagFilter REMOTE = new FlagFilter("remote", null, List.of());

    /** Reads what follows the question mark: {@code eval_mode=remote} and nothing else counts. */
    static FlagFeed of(DeployedFlags deployed, @Nullable String query) {
        boolean[] remote = {false};
        if (query != null) {
            QueryString.forEach(
                    query, (name, value) -> remote[0] |= name.equals("eval_mode") && value.equals("remote"));
        }
        return new FlagFeed(deployed.deployment().key(), remote[0]);
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
