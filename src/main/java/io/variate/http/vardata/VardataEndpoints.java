package io.variate.http.vardata;

import io.variate.bus.AnswerFormat;
import io.variate.client.EvaluationClient;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Authentication;
import io.variate.web.Bodies;
import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.MinRevision;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.validation.RequestPredicateResult;
import io.vertx.ext.web.validation.ValidationHandler;
import io.vertx.ext.web.validation.builder.ValidationHandlerBuilder;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.SchemaRepository;
import java.util.function.Function;

/** The variants of a user, on all paths and in all forms that clients use. */
public final class VardataEndpoints implements Endpoints {
    private final MinRevision minRevision;
    private final Authentication authentication;
    private final VardataHandler vardata;
    private final Handler<RoutingContext> body;

    /**
     * Serves evaluations.
     *
     * @param current where deployment keys are looked up
     * @param client evaluates the requests
     * @param uploaded cohorts, which are part of entity tags
     */
    public VardataEndpoints(
            CurrentRuleset current, EvaluationClient client, UploadedCohorts uploaded, Settings settings) {
        this.minRevision = new MinRevision(current, settings.rulesets().minRevisionWait());
        this.authentication = new Authentication(current);
        this.vardata = new VardataHandler(
                client,
                uploaded,
                settings.http().maxInFlight(),
                new Compression(settings.http().compressFrom()));
        this.body = Bodies.upTo(settings.http().maxBodySize());
    }

    @Override
    public void addTo(Router router) {
        add(
                router,
                "/v1/vardata",
                AnswerFormat.V1,
                EvaluationQueryReader::fromParameters,
                EvaluationQueryReader::fromBodyAndParameters);
        add(
                router,
                "/sdk/v2/vardata",
                AnswerFormat.V2,
                EvaluationQueryReader::fromHeaders,
                EvaluationQueryReader::fromBody);
        // Used by SDKs until 2024.
        add(
                router,
                "/sdk/vardata",
                AnswerFormat.V1,
                EvaluationQueryReader::fromHeaders,
                EvaluationQueryReader::fromBody);
    }

    private void add(
            Router router,
            String path,
            AnswerFormat format,
            Function<RoutingContext, EvaluationQuery> get,
            Function<RoutingContext, EvaluationQuery> post) {
        router.get(path)
                .handler(minRevision)
                .handler(authentication)
                .handler(reading(get))
                .handler(context -> vardata.answer(context, format))
                .failureHandler(Failures::handle);
        router.post(path)
                .handler(minRevision)
                .handler(authentication)
                .handler(body)
                .handler(reading(post))
                .handler(context -> vardata.answer(context, format))
                .failureHandler(Failures::handle);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.GET, HttpMethod.POST));
    }

    /**
     * Runs our own predicate in a vertx-web-validation handler. Its JSON-schema processors build a validator for each
     * parameter of each request, which would cost half the time budget of an answer.
     */
    private static ValidationHandler reading(Function<RoutingContext, EvaluationQuery> reader) {
        SchemaRepository schemas = SchemaRepository.create(
                new JsonSchemaOptions().setBaseUri("urn:variate").setDraft(Draft.DRAFT202012));
        return ValidationHandlerBuilder.create(schemas)
                .predicate(context -> {
                    reader.apply(context).putInto(context);
                    return RequestPredicateResult.success();
                })
                .build();
    }
}
