package io.variate.page;

import io.variate.page.RequestedRevision.At;
import io.variate.page.RequestedRevision.Number;
import io.variate.page.RequestedRevision.Served;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.NoHistoryException;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.TooManyRevisionsException;
import io.variate.store.UnknownRevisionException;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.InvalidRequestException;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a request to the revision that it names. The key of the caller must be valid now; the flags of its deployment are
 * those of that revision.
 */
final class TimeTravel {
    private static final Logger log = LoggerFactory.getLogger(TimeTravel.class);

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
                .recover(failure -> Future.failedFuture(toError(failure, requested)))
                .map(ruleset -> new Caller(deployed(ruleset, present), ruleset));
    }

    private Future<Ruleset> load(RequestedRevision requested) {
        return requested instanceof At at ? past.at(at.time()) : past.at(((Number) requested).number());
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

    private static InvalidRequestException toError(Throwable failure, RequestedRevision requested) {
        String path = requested instanceof At ? RequestedRevision.AT : RequestedRevision.REVISION;
        if (failure instanceof NoHistoryException none) {
            return new InvalidRequestException(
                    new ApiError(409, "no_history", String.valueOf(none.getMessage()), path));
        }
        if (failure instanceof UnknownRevisionException unknown) {
            return new InvalidRequestException(
                    new ApiError(404, "unknown_revision", String.valueOf(unknown.getMessage()), path));
        }
        if (failure instanceof TooManyRevisionsException busy) {
            return new InvalidRequestException(new ApiError(503, "overloaded", String.valueOf(busy.getMessage())));
        }
        log.warn("cannot load past revision: {}", failure.toString());
        return new InvalidRequestException(
                new ApiError(503, "database_unavailable", "PostgreSQL did not return the past revision; retry later"));
    }
}
