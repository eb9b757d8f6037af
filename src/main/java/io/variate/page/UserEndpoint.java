package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.http.vardata.EvaluationQuery;
import io.variate.http.vardata.EvaluationQueryReader;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Project;
import io.variate.simulation.Explanations;
import io.variate.web.Authentication.Caller;
import io.variate.web.Endpoints;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code POST /v1/vardata} returns for a request, or why, also in a past revision. Evaluates on this node, which need not
 * be an evaluator. Nothing is recorded.
 */
public final class UserEndpoint implements Endpoints {
    /** People send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 8;

    private final String path;
    private final Rendering rendering;
    private final Vertx vertx;
    private final CurrentRuleset current;
    private final Sources sources;
    private final Settings settings;
    private final JsonAnswers answers;

    /**
     * What evaluations need beside the present ruleset.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     */
    public record Sources(PastRulesets past, UploadedCohorts uploaded) {}

    private interface Rendering {
        /** @param user null if the deployment has none of the flags */
        Buffer render(@Nullable EvaluationContext user, Evaluation evaluation, Caller caller);
    }

    private UserEndpoint(
            String path, Rendering rendering, Vertx vertx, CurrentRuleset current, Sources sources, Settings settings) {
        this.path = path;
        this.rendering = rendering;
        this.vertx = vertx;
        this.current = current;
        this.sources = sources;
        this.settings = settings;
        this.answers = new JsonAnswers(settings.http().compressFrom());
    }

    /** {@code POST /v1/evaluate}: the variants of a user. */
    public static UserEndpoint evaluate(Vertx vertx, CurrentRuleset current, Sources sources, Settings settings) {
        return new UserEndpoint("/v1/evaluate", UserEndpoint::variants, vertx, current, sources, settings);
    }

    /** {@code POST /v1/explain}: why a user gets these variants. */
    public static UserEndpoint explain(Vertx vertx, CurrentRuleset current, Sources sources, Settings settings) {
        return new UserEndpoint("/v1/explain", UserEndpoint::explanations, vertx, current, sources, settings);
    }

    @Override
    public void addTo(Router router) {
        new DiagnosticRoute(MAX_CONCURRENT, new TimeTravel(sources.past()), this::answer)
                .addTo(router, path, current, settings);
    }

    private Future<?> answer(RoutingContext context, Caller caller) {
        EvaluationQuery query = EvaluationQueryReader.fromBodyAndParameters(context);
        return vertx.executeBlocking(() -> render(query, caller), false)
                .onSuccess(answer -> answers.send(context, caller.revision(), answer));
    }

    private Buffer render(EvaluationQuery query, Caller caller) {
        RequestedFlags requested = RequestedFlags.of(query, caller.deployed());
        return rendering.render(
                requested == null ? null : requested.read(sources.uploaded()),
                new Evaluation(settings.evaluation().patternSteps()),
                caller);
    }

    private static Buffer variants(@Nullable EvaluationContext user, Evaluation evaluation, Caller caller) {
        return Buffer.buffer(
                user == null ? new byte[] {'{', '}'} : evaluation.evaluate(user).encode(AnswerShape.V1));
    }

    private static Buffer explanations(@Nullable EvaluationContext user, Evaluation evaluation, Caller caller) {
        Project project = caller.deployed().project();
        Explanations head = Explanations.in(caller.revision(), project.isUnnamed() ? null : project.key());
        return head.encode(user == null ? List.of() : evaluation.explain(user));
    }
}
