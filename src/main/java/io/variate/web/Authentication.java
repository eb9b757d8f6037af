package io.variate.web;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets a request pass if it carries {@code Authorization: Api-Key <deployment key>} of a deployment of this zone. */
public final class Authentication implements Handler<RoutingContext> {
    private static final String SCHEME = "Api-Key ";
    private static final String KEY = Caller.class.getName();
    private static final ApiError MALFORMED = new ApiError(
            401, "unauthorized", "send one header Authorization: Api-Key <deployment key>", "Authorization");

    private final CurrentRuleset current;

    /** Looks keys up in the ruleset of the moment. */
    public Authentication(CurrentRuleset current) {
        this.current = current;
    }

    /**
     * Who asks.
     *
     * @param ruleset in which that was looked up
     */
    public record Caller(DeployedFlags deployed, Ruleset ruleset) {
        /** Who asks, for the handlers after this one. */
        public static Caller of(RoutingContext context) {
            return context.get(KEY);
        }

        /** At which that was looked up. */
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
        String key = deploymentKey(context);
        DeployedFlags deployed = key == null ? null : ruleset.deployment(key);
        if (deployed == null) {
            Failures.answer(context, key == null ? MALFORMED : Failures.UNKNOWN_KEY);
            return;
        }
        context.put(KEY, new Caller(deployed, ruleset));
        context.next();
    }

    /** Null unless there is exactly one header of the right form. */
    private static @Nullable String deploymentKey(RoutingContext context) {
        List<String> headers = context.request().headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.size() != 1) {
            return null;
        }
        String header = headers.get(0);
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String key = header.substring(SCHEME.length()).strip();
        return key.isEmpty() ? null : key;
    }
}
