package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.Evaluation;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Project;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.Authentication.Caller;
import io.variate.web.Bodies;
import io.variate.web.Endpoints;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/simulate}: how many of up to 10,000 users get each variant, as newline-delimited JSON with progress. A
 * slow reader pauses the simulation. Nothing is recorded.
 */
public final class SimulateEndpoints implements Endpoints {
    private static final Logger log = LoggerFactory.getLogger(SimulateEndpoints.class);

    private static final String PATH = "/v1/simulate";
    private static final CharSequence LINES = HttpHeaders.createOptimized("application/x-ndjson");

    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 2;

    /** Users between two lines of progress. */
    private static final int BATCH = 250;

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
        SimulatedUsers users = SimulatedUsers.read(Bodies.textOf(context));
        DeployedFlags deployed = caller.deployed();
        Project project = deployed.project();
        Simulation simulation = new Simulation(
                users,
                deployed.plan(users.flagKeys()),
                deployed.keys(new FlagFilter(null, null, users.flagKeys())),
                uploaded.over(project.key(), project.cohorts()),
                new Evaluation(settings.evaluation().patternSteps()));
        HttpServerResponse response = context.response()
                .setChunked(true)
                .putHeader(ResponseHeaders.REVISION, Long.toString(caller.revision()))
                .putHeader(HttpHeaders.CONTENT_TYPE, LINES)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader("X-Accel-Buffering", "no");
        Promise<Void> over = Promise.promise();
        response.endHandler(ended -> over.tryComplete());
        write(response, begin(caller.revision(), project, simulation.users()));
        advance(simulation, response);
        return over.future();
    }

    /** Evaluates the next batch once the reader has room for its line. */
    private void advance(Simulation simulation, HttpServerResponse response) {
        if (response.closed() || response.ended()) {
            return;
        }
        if (response.writeQueueFull()) {
            response.drainHandler(drained -> advance(simulation, response));
            return;
        }
        vertx.executeBlocking(
                        () -> {
                            simulation.advance(BATCH);
                            return simulation;
                        },
                        false)
                .onSuccess(advanced -> report(advanced, response))
                .onFailure(failure -> fail(simulation, response, failure));
    }

    private void report(Simulation simulation, HttpServerResponse response) {
        response.drainHandler(null);
        write(response, line("progress", Map.of("done", (long) simulation.done())));
        if (!simulation.isOver()) {
            advance(simulation, response);
            return;
        }
        for (FlagSplit split : simulation.splits()) {
            write(response, encode(split.asTree()));
        }
        end(response, line("end", Map.of("done", (long) simulation.done())));
    }

    private static void fail(Simulation simulation, HttpServerResponse response, Throwable failure) {
        log.error("simulation failed users={} done={}", simulation.users(), simulation.done(), failure);
        end(
                response,
                line("error", Map.of("code", "internal", "message", "the simulation failed; see the server's log")));
    }

    private static Buffer begin(long revision, Project project, long users) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("revision", revision);
        if (!project.isUnnamed()) {
            fields.put("project", project.key());
        }
        fields.put("users", users);
        return line("begin", fields);
    }

    private static Buffer line(String type, Map<String, ?> fields) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("type", type);
        tree.putAll(fields);
        return encode(tree);
    }

    private static Buffer encode(Map<String, @Nullable Object> tree) {
        return Buffer.buffer(LoneSurrogates.escape(Json.write(tree)) + "\n");
    }

    /** A failed write closes the connection, which the next step notices. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private static void write(HttpServerResponse response, Buffer line) {
        response.write(line);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private static void end(HttpServerResponse response, Buffer line) {
        if (!response.closed() && !response.ended()) {
            response.end(line);
        }
    }
}
