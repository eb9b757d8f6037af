package io.variate.management.preview;

import io.variate.rulesets.document.RulesetChange.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** Applies management writes to the rows of a ruleset without storing them. */
@FunctionalInterface
public interface Candidates {
    /**
     * Applies writes.
     *
     * @param context the authenticated request
     * @param batch with the field {@code writes}, as in the body of {@code POST /api/1/batch}
     * @return the rows after the writes, and what is valid but may not be intended. Fails with an {@link
     *     io.variate.web.InvalidRequestException}, which has the error for the client, or with an {@link
     *     io.variate.rulesets.document.InvalidRulesetException}
     */
    Future<Outcome> apply(RoutingContext context, JsonObject batch);
}
