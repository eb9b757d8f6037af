package io.variate.page;

import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.simulation.RequestedRevision;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.InvalidRequestException;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;

/**
 * Moves a request to the revision that it names. The key of the caller must be valid now; the flags of its deployment are
 * those of that revision.
 */
final class TimeTravel {
    private final PastRulesets past;

    TimeTravel(PastRulesets past) {
        this.past = past;
    }

    /**
     * The caller with its deployment in the requested revision.
     *
     * @param context authenticated
     * @return fails with {@link InvalidRequestException}, which has the error for the client
     */
    Future<Caller> caller(RoutingContext context) {
        Caller present = Caller.of(context);
        return RequestedRevision.read(context.request().query())
                .of(present.ruleset(), past)
                .map(ruleset -> ruleset.revision() == present.revision()
                        ? present
                        : new Caller(deployed(ruleset, present), ruleset));
    }

    private static DeployedFlags deployed(Ruleset ruleset, Caller present) {
        DeployedFlags deployed =
                ruleset.deployment(present.deployed().deployment().key());
        if (deployed == null) {
            throw new InvalidRequestException(new ApiError(
                    404,
                    "unknown_deployment_then",
                    "the deployment of this key did not exist in revision " + ruleset.revision(),
                    "Authorization"));
        }
        return deployed;
    }
}
