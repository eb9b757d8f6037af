package io.variate.ofrep;

import io.variate.client.EvaluationClient;
import io.variate.config.Settings;
import io.variate.http.Bodies;
import io.variate.http.Endpoints;
import io.variate.http.Failures;
import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** OpenFeature's Remote Evaluation Protocol, version 0.3, for any provider that speaks it. */
public final class OfrepEndpoints implements Endpoints {
    private static final String ALL = "/ofrep/v1/evaluate/flags";
    private static final String ONE = ALL + "/:key";

    private final CurrentRuleset current;
    private final EvaluationClient client;
    private final Settings.Http settings;

    /**
     * Serves providers.
     *
     * @param current where deployment keys are looked up
     * @param client whom requests are handed to
     */
    public OfrepEndpoints(CurrentRuleset current, EvaluationClient client, Settings.Http settings) {
        this.current = current;
        this.client = client;
        this.settings = settings;
    }

    @Override
    public void addTo(Router router) {
        EvaluationHandlers handlers = new EvaluationHandlers(client, settings.maxInFlight());
        add(router, ALL, handlers::evaluateAll);
        add(router, ONE, handlers::evaluateOne);
    }

    private void add(Router router, String path, Handler<RoutingContext> handler) {
        router.route(HttpMethod.POST, path)
                .handler(new DeploymentKeys(current))
                .handler(Bodies.upTo(settings.maxBodySize()))
                .handler(handler)
                .failureHandler(OfrepFailures::handle);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.POST));
    }
}
