package io.variate.web;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/** Admits requests with {@code Authorization: Api-Key <deployment key>} of a deployment in this zone. */
public final class Authentication implements Handler<RoutingContext> {
    private static final String SCHEME = "Api-Key";
    private static final String KEY = Caller.class.getName();
    private static final ApiError MALFORMED = new ApiError(
            401, "unauthorized", "Authorization must be sent once, as Api-Key <deployment key>", "Authorization");

    private final CurrentRuleset current;

    /** Looks up keys in the current ruleset. */
    public Authentication(CurrentRuleset current) {
        this.current = current;
    }

    /**
     * The authenticated deployment of a request.
     *
     * @param ruleset the ruleset that contains the deployment
     */
    public record Caller(DeployedFlags deployed, Ruleset ruleset) {
        /** The caller of a request, for the handlers after {@link Authentication}. */
        public static Caller of(RoutingContext context) {
            return context.get(KEY);
        }

        /** The revision of that ruleset. */
        public long revision() {
            return ruleset.revision();
        }
    }

    @Override
    public void handle(RoutingContext context) {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            Failures.answer(context, Failures.NOT_READY);
            return;
        }
        String key = AuthorizationHeader.credentials(context.request().headers(), SCHEME);
        DeployedFlags deployed = key == null ? null : ruleset.deployment(key);
        if (deployed == null) {
            Failures.answer(context, key == null ? MALFORMED : Failures.UNKNOWN_KEY);
            return;
        }
        context.put(KEY, new Caller(deployed, ruleset));
        context.next();
    }
}
