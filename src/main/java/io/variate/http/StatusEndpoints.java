package io.variate.http;

import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code GET /status}: whether this server can evaluate. Needs no key, for probes written for Amplitude's
 * evaluation proxy. The health checks of the admin port report more.
 */
public final class StatusEndpoints implements Endpoints {
    private static final String PATH = "/status";
    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");

    private final CurrentRuleset current;

    /** @param current evaluation is possible once it has a ruleset */
    public StatusEndpoints(CurrentRuleset current) {
        this.current = current;
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, PATH).handler(this::answer);
        router.route(PATH).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    private void answer(RoutingContext context) {
        if (current.get() == null) {
            Failures.answer(context, Failures.NOT_READY);
            return;
        }
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end("OK");
    }
}
