package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.Evaluation;
import io.variate.engine.Explanation;
import io.variate.http.vardata.EvaluationQuery;
import io.variate.http.vardata.EvaluationQueryReader;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Project;
import io.variate.web.Authentication.Caller;
import io.variate.web.Endpoints;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/explain}: why a user gets the variants that {@code POST /v1/vardata} returns for the same request, also in
 * a past revision. Nothing is recorded.
 */
public final class ExplainEndpoints implements Endpoints {
    private static final String PATH = "/v1/explain";

    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 8;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final Settings settings;
    private final TimeTravel time;
    private final JsonAnswers answers;

    /**
     * Explains evaluations with this node's ruleset; the node need not be an evaluator.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     */
    public ExplainEndpoints(
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
        new DiagnosticRoute(MAX_CONCURRENT, time, this::explain).addTo(router, PATH, current, settings);
    }

    private Future<?> explain(RoutingContext context, Caller caller) {
        EvaluationQuery query = EvaluationQueryReader.fromBodyAndParameters(context);
        return vertx.executeBlocking(() -> explain(query, caller), false)
                .onSuccess(answer -> answers.send(context, caller.revision(), answer));
    }

    private Buffer explain(EvaluationQuery query, Caller caller) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("revision", caller.revision());
        Project project = caller.deployed().project();
        if (!project.isUnnamed()) {
            answer.put("project", project.key());
        }
        answer.put("flags", trees(query, caller));
        return Buffer.buffer(LoneSurrogates.escape(Json.write(answer)));
    }

    private List<Map<String, @Nullable Object>> trees(EvaluationQuery query, Caller caller) {
        RequestedFlags requested = RequestedFlags.of(query, caller.deployed());
        return requested == null
                ? List.of()
                : new Evaluation(settings.evaluation().patternSteps())
                        .explain(requested.read(uploaded)).stream()
                                .map(Explanation::asTree)
                                .toList();
    }
}
