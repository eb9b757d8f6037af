package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.Evaluation;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Project;
import io.variate.rulesets.document.FlagFilter;
import io.variate.simulation.LineStream;
import io.variate.simulation.Simulation;
import io.variate.web.Authentication.Caller;
import io.variate.web.Bodies;
import io.variate.web.Endpoints;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/simulate}: how many of up to 10,000 users get each variant, as newline-delimited JSON with progress. A
 * slow reader pauses the simulation. Nothing is recorded.
 */
public final class SimulateEndpoints implements Endpoints {
    private static final String PATH = "/v1/simulate";

    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 2;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final Settings settings;
    private final TimeTravel time;

    /**
     * Evaluates flags of this node's ruleset; the node need not be an evaluator.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     */
    public SimulateEndpoints(
            Vertx vertx, CurrentRuleset current, PastRulesets past, UploadedCohorts uploaded, Settings settings) {
        this.vertx = vertx;
        this.current = current;
        this.uploaded = uploaded;
        this.settings = settings;
        this.time = new TimeTravel(past);
    }

    @Override
    public void addTo(Router router) {
        new DiagnosticRoute(MAX_CONCURRENT, time, this::simulate).addTo(router, PATH, current, settings);
    }

    private Future<?> simulate(RoutingContext context, Caller caller) {
        SimulationRequest request = SimulationRequest.read(Bodies.textOf(context));
        DeployedFlags deployed = caller.deployed();
        Project project = deployed.project();
        Map<String, @Nullable Object> begin = new LinkedHashMap<>();
        begin.put("revision", caller.revision());
        if (!project.isUnnamed()) {
            begin.put("project", project.key());
        }
        begin.put("users", (long) request.users().size());
        Simulation simulation = new Simulation(
                begin,
                request.users(),
                deployed.plan(request.flagKeys()),
                deployed.keys(new FlagFilter(null, null, request.flagKeys())),
                uploaded.over(project.key(), project.cohorts()),
                new Evaluation(settings.evaluation().patternSteps()));
        context.response().putHeader(ResponseHeaders.REVISION, Long.toString(caller.revision()));
        return LineStream.send(vertx, context.response(), "simulation", simulation);
    }
}
