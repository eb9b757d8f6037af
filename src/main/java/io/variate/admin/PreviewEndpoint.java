package io.variate.admin;

import io.variate.cohorts.UploadedCohorts;
import io.variate.json.Problem;
import io.variate.management.access.Caller;
import io.variate.management.preview.Candidates;
import io.variate.management.preview.PreviewRequest;
import io.variate.management.preview.PreviewRequest.Candidate;
import io.variate.management.preview.PreviewRequest.Document;
import io.variate.management.preview.PreviewRequest.Flags;
import io.variate.management.preview.PreviewRequest.Revision;
import io.variate.management.preview.PreviewRequest.Writes;
import io.variate.management.preview.RowsPreview;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.document.RulesetChange.Outcome;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.simulation.LineStream;
import io.variate.web.ApiError;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.variate.web.InvalidRequestException;
import io.variate.web.PastRevisions;
import io.variate.web.decoding.StrictUtf8;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/1/preview}: which of up to 10,000 users get another variant if a change is saved, as newline-delimited
 * JSON with progress. Compares with the ruleset that this node serves. A slow reader pauses the work. Nothing is recorded or
 * stored.
 */
public final class PreviewEndpoint {
    private static final String PATH = "/api/1/preview";

    /** People and pipelines send these requests, so few are concurrent. */
    private static final int MAX_CONCURRENT = 2;

    private static final ApiError NO_WRITES = new ApiError(
            409, "read_only", "this node cannot apply writes: its ruleset does not come from PostgreSQL", "writes");

    private static final ApiError UNKNOWN_PROJECT = new ApiError(
            Rights.UNKNOWN_PROJECT.status(),
            Rights.UNKNOWN_PROJECT.code(),
            Rights.UNKNOWN_PROJECT.message(),
            "project");

    private final CurrentRuleset current;
    private final PastRulesets past;
    private final RowsPreview previews;
    private final @Nullable Candidates candidates;
    private final InFlightLimit inFlight = new InFlightLimit(MAX_CONCURRENT);

    /**
     * Previews changes of the served ruleset.
     *
     * @param past for candidates that are past revisions
     * @param uploaded cohorts, in addition to those of the ruleset
     * @param patternSteps the budget of patterns, as in evaluations
     * @param candidates for candidates that are management writes; null if the node has no management
     */
    public PreviewEndpoint(
            CurrentRuleset current,
            PastRulesets past,
            UploadedCohorts uploaded,
            int patternSteps,
            @Nullable Candidates candidates) {
        this.current = current;
        this.past = past;
        this.previews = new RowsPreview(uploaded, patternSteps);
        this.candidates = candidates;
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
        Buffer body = context.body().buffer();
        context.vertx()
                .executeBlocking(() -> PreviewRequest.read(text(body)), false)
                .compose(request -> requireVisible(context, request))
                .compose(request -> apply(context, served, request.candidate()).compose(candidate -> context.vertx()
                        .executeBlocking(() -> previews.of(request, served, candidate), false)))
                .compose(preview -> LineStream.send(context.vertx(), context.response(), "preview", preview))
                .onComplete(over -> inFlight.end())
                .onFailure(failure -> reject(context, failure));
    }

    /** A preview shows flags of the project and who gets which variant. */
    private static Future<PreviewRequest> requireVisible(RoutingContext context, PreviewRequest request) {
        return Caller.of(context).sees(request.project())
                ? Future.succeededFuture(request)
                : Future.failedFuture(new InvalidRequestException(UNKNOWN_PROJECT));
    }

    private static String text(@Nullable Buffer body) {
        byte[] bytes = body == null ? new byte[0] : body.getBytes();
        return StrictUtf8.decode(bytes, bytes.length, "body");
    }

    private Future<Outcome> apply(RoutingContext context, Ruleset served, Candidate candidate) {
        if (candidate instanceof Writes writes) {
            return candidates == null
                    ? Future.failedFuture(new InvalidRequestException(NO_WRITES))
                    : candidates.apply(context, new JsonObject(writes.json()));
        }
        if (candidate instanceof Revision revision) {
            return past.at(revision.number())
                    .map(then -> new Outcome(then.rows().rows(), List.of()))
                    .recover(failure -> Future.failedFuture(PastRevisions.toError(failure, "revision")));
        }
        return context.vertx()
                .executeBlocking(
                        () -> change(candidate, served).applyTo(served.rows().rows()), false);
    }

    private static RulesetChange change(Candidate candidate, Ruleset served) {
        return candidate instanceof Flags flags
                ? RulesetChange.elements(flags.changes(), served.known(), true)
                : document(((Document) candidate).json(), served);
    }

    /** Paths of problems start in the body of the request. */
    private static RulesetChange document(String json, Ruleset served) {
        try {
            return RulesetChange.replaceAll(CheckedRuleset.ofDocument(json, served.known()));
        } catch (InvalidRulesetException e) {
            throw new InvalidRulesetException(e.problems().stream()
                    .map(problem -> new Problem(
                            problem.severity(),
                            problem.path().isEmpty() ? "ruleset" : "ruleset." + problem.path(),
                            problem.reason()))
                    .toList());
        }
    }

    private static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            RulesetChanges.rejectAs(context, 400, "invalid_ruleset", invalid);
        } else if (failure instanceof UnknownElementException) {
            Replies.error(context, UNKNOWN_PROJECT);
        } else {
            Replies.error(context, Failures.toError(failure, 500));
        }
    }
}
