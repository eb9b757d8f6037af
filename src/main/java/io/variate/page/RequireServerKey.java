package io.variate.page;

import io.variate.rulesets.document.Deployment;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.Failures;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/** Requires a deployment key of type {@code server}: answers reveal rules, and client keys are public. */
final class RequireServerKey implements Handler<RoutingContext> {
    private static final ApiError FORBIDDEN =
            new ApiError(403, "forbidden", "requires a deployment key of type server", "Authorization");

    @Override
    public void handle(RoutingContext context) {
        if (Caller.of(context).deployed().deployment().type() == Deployment.Type.SERVER) {
            context.next();
        } else {
            Failures.answer(context, FORBIDDEN);
        }
    }
}
