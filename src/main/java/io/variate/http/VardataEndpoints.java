package io.variate.http;

import io.variate.client.EvaluationClient;
import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.validation.ValidationHandler;
import io.vertx.ext.web.validation.builder.ValidationHandlerBuilder;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.SchemaRepository;

/** One user's variants, asked for in all the ways that clients know. */
public final class VardataEndpoints implements Endpoints {
    private final CurrentRuleset current;
    private final EvaluationClient client;
    private final int maxInFlight;

    /**
     * Serves evaluations.
     *
     * @param current where deployment keys are looked up
     * @param client whom requests are handed to
     * @param maxInFlight requests under way at a time; more are answered 503
     */
    public VardataEndpoints(CurrentRuleset current, EvaluationClient client, int maxInFlight) {
        this.current = current;
        this.client = client;
        this.maxInFlight = maxInFlight;
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, "/v1/vardata")
                .handler(new Authentication(current))
                .handler(validation())
                .handler(new VardataHandler(client, maxInFlight))
                .failureHandler(Failures::handle);
        router.route("/v1/vardata").handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    /**
     * Checks by our own predicate inside vertx-web-validation's frame: its JSON-schema processors build a validator for
     * each parameter of each request, which costs half of what a whole answer may.
     */
    private static ValidationHandler validation() {
        SchemaRepository schemas = SchemaRepository.create(
                new JsonSchemaOptions().setBaseUri("urn:variate").setDraft(Draft.DRAFT202012));
        return ValidationHandlerBuilder.create(schemas)
                .predicate(VardataQuery::validate)
                .build();
    }
}
