package io.variate.page;

import io.variate.page.RequestedRevision.At;
import io.variate.page.RequestedRevision.Numbered;
import io.variate.page.RequestedRevision.Served;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.InvalidRequestException;
import io.variate.web.PastRevisions;
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
        RequestedRevision requested = RequestedRevision.read(context.request().query());
        if (requested instanceof Served) {
            return Future.succeededFuture(present);
        }
        return load(requested)
                .recover(failure -> Future.failedFuture(PastRevisions.toError(
                        failure, requested instanceof At ? RequestedRevision.AT : RequestedRevision.REVISION)))
                .map(ruleset -> new Caller(deployed(ruleset, present), ruleset));
    }

    private Future<Ruleset> load(RequestedRevision requested) {
        return requested instanceof At at ? past.at(at.time()) : past.at(((Numbered) requested).number());
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
