package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.http.vardata.EvaluationQuery;
import io.variate.http.vardata.EvaluationQueryReader;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.PastRulesets;
import io.variate.web.Authentication.Caller;
import io.variate.web.Endpoints;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code POST /v1/evaluate}: the variants that {@code POST /v1/vardata} returns for the same request, also in a past
 * revision. Nothing is recorded.
 */
public final class EvaluateEndpoints implements Endpoints {
    private static final String PATH = "/v1/evaluate";

    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 8;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final Settings settings;
    private final TimeTravel time;
    private final JsonAnswers answers;

    /**
     * Evaluates on this node, which need not be an evaluator.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     */
    public EvaluateEndpoints(
            Vertx vertx, CurrentRuleset current, PastRulesets past, UploadedCohorts uploaded, Settings settings) {
        this.vertx = vertx;
        this.current = current;
        this.uploaded = uploaded;
        this.settings = settings;
        this.time = new TimeTravel(past);
        this.answers = new JsonAnswers(settings.http().compressFrom());
    }

    @Override
    public void addTo(Router router) {
        new DiagnosticRoute(MAX_CONCURRENT, time, this::evaluate).addTo(router, PATH, current, settings);
    }

    private Future<?> evaluate(RoutingContext context, Caller caller) {
        EvaluationQuery query = EvaluationQueryReader.fromBodyAndParameters(context);
        return vertx.executeBlocking(() -> evaluate(query, caller), false)
                .onSuccess(answer -> answers.send(context, caller.revision(), answer));
    }

    private Buffer evaluate(EvaluationQuery query, Caller caller) {
        RequestedFlags requested = RequestedFlags.of(query, caller.deployed());
        return requested == null
                ? Buffer.buffer("{}")
                : Buffer.buffer(new Evaluation(settings.evaluation().patternSteps())
                        .evaluate(requested.read(uploaded))
                        .encode(AnswerShape.V1));
    }
}
