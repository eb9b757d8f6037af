package io.variate.ofrep;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.AuthorizationHeader;
import io.variate.web.Failures;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates a request by the key of a deployment of this zone. Providers send it as {@code Authorization} with
 * {@code Bearer} or {@code Api-Key}, or as {@code X-API-Key}.
 */
final class OfrepAuthentication implements Handler<RoutingContext> {
    private static final String API_KEY = "X-API-Key";
    private static final List<String> SCHEMES = List.of("Bearer", "Api-Key");
    private static final String KEY = OfrepAuthentication.class.getName();
    private static final ApiError MALFORMED =
            new ApiError(401, "unauthorized", "send Authorization: Bearer <deployment key>", "Authorization");

    private final CurrentRuleset current;

    OfrepAuthentication(CurrentRuleset current) {
        this.current = current;
    }

    /** The authenticated caller, for the handlers after this one. */
    static Caller callerOf(RoutingContext context) {
        return context.get(KEY);
    }

    @Override
    public void handle(RoutingContext context) {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            OfrepFailures.answer(context, new ApiError(503, "not_ready", "this node has no ruleset yet"));
            return;
        }
        String key = deploymentKey(context.request().headers());
        DeployedFlags deployed = key == null ? null : ruleset.deployment(key);
        if (deployed == null) {
            OfrepFailures.answer(context, key == null ? MALFORMED : Failures.UNKNOWN_KEY);
            return;
        }
        context.put(KEY, new Caller(deployed, ruleset));
        context.next();
    }

    /** Null unless all headers that may contain a key contain the same one. */
    private static @Nullable String deploymentKey(MultiMap headers) {
        Set<String> keys = new HashSet<>();
        headers.getAll(HttpHeaders.AUTHORIZATION).forEach(header -> keys.add(withoutScheme(header)));
        headers.getAll(API_KEY).forEach(header -> keys.add(header.strip()));
        String key = keys.size() == 1 ? keys.iterator().next() : "";
        return key.isEmpty() ? null : key;
    }

    /** Empty if the scheme is not supported. */
    private static String withoutScheme(String header) {
        for (String scheme : SCHEMES) {
            String key = AuthorizationHeader.credentials(header, scheme);
            if (key != null) {
                return key;
            }
        }
        return "";
    }
}
