package io.variate.page;

import io.variate.rulesets.document.Deployment;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.Failures;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/** Lets callers pass whose deployment key is no client's: anyone can read those, and the answer reveals rules. */
final class ServerKeys implements Handler<RoutingContext> {
    private static final ApiError REFUSED =
            new ApiError(403, "forbidden", "the rules of flags are told to keys of type server only", "Authorization");

    @Override
    public void handle(RoutingContext context) {
        if (Caller.of(context).deployed().deployment().type() == Deployment.Type.SERVER) {
            context.next();
        } else {
            Failures.answer(context, REFUSED);
        }
    }
}
