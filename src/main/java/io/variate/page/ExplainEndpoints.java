package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Explanation;
import io.variate.http.vardata.EvaluationQuery;
import io.variate.http.vardata.EvaluationQueryReader;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.LoneSurrogates;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Project;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.InvalidRequestException;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/explain}: why a user gets the variants that {@code POST /v1/vardata} returns for the same request.
 * Nothing is recorded.
 */
public final class ExplainEndpoints implements Endpoints {
    private static final String PATH = "/v1/explain";

    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 8;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final Settings settings;
    private final Compression compression;

    /**
     * Explains evaluations with this node's ruleset; the node need not be an evaluator.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     */
    public ExplainEndpoints(Vertx vertx, CurrentRuleset current, UploadedCohorts uploaded, Settings settings) {
        this.vertx = vertx;
        this.current = current;
        this.uploaded = uploaded;
        this.settings = settings;
        this.compression = new Compression(settings.http().compressFrom());
    }

    @Override
    public void addTo(Router router) {
        new DiagnosticRoute(MAX_CONCURRENT, this::explain).addTo(router, PATH, current, settings);
    }

    private Future<?> explain(RoutingContext context) {
        EvaluationQuery query = EvaluationQueryReader.fromBodyAndParameters(context);
        Caller caller = Caller.of(context);
        return vertx.executeBlocking(() -> explain(query, caller), false)
                .onSuccess(answer -> {
                    context.response()
                            .putHeader(ResponseHeaders.REVISION, Long.toString(caller.revision()))
                            .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                            .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
                    compression.end(context, answer);
                })
                .onFailure(context::fail);
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
        DeployedFlags deployed = caller.deployed();
        FlagFilter filter = query.flags();
        List<String> keys = deployed.keys(filter);
        if (keys.isEmpty()) {
            return List.of();
        }
        EvaluationPlan plan = deployed.plan(filter.isAll() ? List.of() : keys);
        return new Evaluation(settings.evaluation().patternSteps())
                .explain(read(query, plan, deployed.project())).stream()
                        .map(Explanation::asTree)
                        .toList();
    }

    private EvaluationContext read(EvaluationQuery query, EvaluationPlan plan, Project project) {
        try {
            return plan.read(
                    query.user(), query.userId(), query.deviceId(), uploaded.over(project.key(), project.cohorts()));
        } catch (JsonException e) {
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_context",
                    String.valueOf(e.getMessage()),
                    query.source().path()));
        }
    }
}
