package io.variate.admin;

import io.variate.cohorts.UploadedCohorts;
import io.variate.management.access.Caller;
import io.variate.management.preview.PreviewRequest;
import io.variate.management.preview.ProjectStates;
import io.variate.management.preview.RowsPreview;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.simulation.LineStream;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code POST /api/1/preview}: which of up to 10,000 users get another variant if a change is saved, as newline-delimited
 * JSON with progress. Compares with the ruleset that this node serves. A slow reader pauses the work. Nothing is recorded or
 * stored.
 */
public final class PreviewEndpoint {
    static final String PATH = "/api/1/preview";

    /** People and pipelines send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 2;

    private final CurrentRuleset current;
    private final CandidateRows candidates;
    private final RowsPreview previews;
    private final InFlightLimit inFlight = new InFlightLimit(MAX_CONCURRENT);

    /**
     * Previews changes of the served ruleset.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     * @param patternSteps the budget of patterns, as in evaluations
     */
    public PreviewEndpoint(
            CurrentRuleset current, CandidateRows candidates, UploadedCohorts uploaded, int patternSteps) {
        this.current = current;
        this.candidates = candidates;
        this.previews = new RowsPreview(uploaded, patternSteps);
    }

    void mount(Router router, DocumentBodies bodies) {
        bodies.receive(router, HttpMethod.POST, PATH).handler(this::preview);
        router.route(PATH).handler(Replies.onlyAllows("POST"));
    }

    private void preview(RoutingContext context) {
        Ruleset served = current.get();
        if (served == null) {
            Replies.error(context, Failures.NOT_READY);
            return;
        }
        if (inFlight.isReached()) {
            Replies.error(context, Failures.OVERLOADED);
            return;
        }
        inFlight.begin();
        context.vertx()
                .executeBlocking(() -> PreviewRequest.read(DocumentBodies.text(context)), false)
                .compose(request -> requireVisible(context, request))
                .compose(request -> candidates
                        .apply(context, served, request.candidate())
                        .compose(candidate ->
                                context.vertx().executeBlocking(() -> previews.of(request, served, candidate), false)))
                .compose(preview -> LineStream.send(context.vertx(), context.response(), "preview", preview))
                .onComplete(over -> inFlight.end())
                .onFailure(failure -> CandidateRows.reject(context, failure, "project"));
    }

    /** A preview shows flags of the project and who gets which variant. */
    private static Future<PreviewRequest> requireVisible(RoutingContext context, PreviewRequest request) {
        return Caller.of(context).sees(request.project())
                ? Future.succeededFuture(request)
                : Future.failedFuture(ProjectStates.unknownProject("project"));
    }
}
