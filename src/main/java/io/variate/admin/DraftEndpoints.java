package io.variate.admin;

import io.variate.cohorts.UploadedCohorts;
import io.variate.management.access.Caller;
import io.variate.management.preview.Candidate;
import io.variate.management.preview.CompiledState;
import io.variate.management.preview.DraftRequest;
import io.variate.management.preview.ProjectState;
import io.variate.management.preview.ProjectStates;
import io.variate.management.preview.RowsPreview;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.document.RulesetChange.Outcome;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.simulation.Explanations;
import io.variate.simulation.LineStream;
import io.variate.simulation.RequestedRevision;
import io.variate.simulation.RequestedRevision.Served;
import io.variate.web.ApiError;
import io.variate.web.Compression;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.variate.web.InvalidRequestException;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Reservation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/1/explain} and {@code POST /api/1/simulate}: the answers of {@code POST /v1/explain} and {@code POST
 * /v1/simulate} for a project instead of a deployment, in the present or a past revision, or with a change that is not saved.
 * Nothing is recorded or stored. Used on the event loop; works on worker threads.
 */
public final class DraftEndpoints {
    static final String EXPLAIN = "/api/1/explain";
    static final String SIMULATE = "/api/1/simulate";
    private static final String PROJECT = "projectId";

    /** People send these requests, so few are concurrent. */
    private static final int MAX_EXPLANATIONS = 8;

    private static final int MAX_SIMULATIONS = 2;

    /** Most users times flags, as in a preview. */
    private static final long MAX_EVALUATIONS = 10_000_000;

    /** Most characters of the definitions that one answer explains. */
    private static final long MAX_EXPLAINED = 4 << 20;

    /** Bytes of explanations and of their text, for each character of a definition. */
    private static final int EXPANSION = 8;

    private final CurrentRuleset current;
    private final PastRulesets past;
    private final CandidateRows candidates;
    private final ProjectStates states;
    private final int patternSteps;
    private final Compression compression;
    private final InFlightLimit explanations = new InFlightLimit(MAX_EXPLANATIONS);
    private final InFlightLimit simulations = new InFlightLimit(MAX_SIMULATIONS);

    /**
     * Evaluates on this node, which need not be an evaluator.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     * @param patternSteps the budget of patterns, as in evaluations
     * @param compressFrom size of the smallest answer to compress
     */
    public DraftEndpoints(
            CurrentRuleset current,
            PastRulesets past,
            CandidateRows candidates,
            UploadedCohorts uploaded,
            int patternSteps,
            int compressFrom) {
        this.current = current;
        this.past = past;
        this.candidates = candidates;
        this.states = new ProjectStates(uploaded);
        this.patternSteps = patternSteps;
        this.compression = new Compression(compressFrom);
    }

    /**
     * What a request wants to be evaluated.
     *
     * @param characters of the definitions of its flags
     */
    private record Work(
            DraftRequest request,
            CompiledState state,
            List<String> flagKeys,
            long revision,
            List<Map<String, Object>> warnings,
            long characters) {

        Map<String, @Nullable Object> head() {
            Map<String, @Nullable Object> head = new LinkedHashMap<>();
            head.put("revision", revision);
            head.put("project", ProjectKeys.id(request.project()));
            if (!warnings.isEmpty()) {
                head.put("warnings", warnings);
            }
            return head;
        }
    }

    void mount(Router router, DocumentBodies bodies) {
        bodies.receive(router, HttpMethod.POST, EXPLAIN).handler(this::explain);
        bodies.receive(router, HttpMethod.POST, SIMULATE).handler(this::simulate);
        router.route(EXPLAIN).handler(Replies.onlyAllows("POST"));
        router.route(SIMULATE).handler(Replies.onlyAllows("POST"));
    }

    private void explain(RoutingContext context) {
        limited(context, explanations, () -> work(context, DraftRequest::readOne)
                .compose(work -> explain(context, work)));
    }

    private void simulate(RoutingContext context) {
        limited(context, simulations, () -> work(context, DraftRequest::read).compose(work -> simulate(context, work)));
    }

    private interface Answer {
        Future<?> send();
    }

    private static void limited(RoutingContext context, InFlightLimit limit, Answer answer) {
        if (limit.isReached()) {
            Replies.error(context, Failures.OVERLOADED);
            return;
        }
        limit.begin();
        answer(answer).onComplete(over -> limit.end()).onFailure(failure -> {
            if (!context.response().headWritten() && !context.response().closed()) {
                CandidateRows.reject(context, failure, PROJECT);
            }
        });
    }

    private static Future<?> answer(Answer answer) {
        try {
            return answer.send();
        } catch (InvalidRequestException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Work> work(RoutingContext context, Function<String, DraftRequest> reading) {
        Ruleset served = current.get();
        if (served == null) {
            return Future.failedFuture(new InvalidRequestException(Failures.NOT_READY));
        }
        RequestedRevision revision = RequestedRevision.read(context.request().query());
        return context.vertx()
                .executeBlocking(() -> reading.apply(DocumentBodies.text(context)), false)
                .compose(request -> {
                    if (!Caller.of(context).sees(request.project())) {
                        return Future.failedFuture(ProjectStates.unknownProject(PROJECT));
                    }
                    Candidate candidate = request.candidate();
                    return candidate == null
                            ? revision.of(served, past).compose(ruleset -> compile(context, request, ruleset, null))
                            : changed(context, request, served, candidate, revision);
                });
    }

    private Future<Work> changed(
            RoutingContext context,
            DraftRequest request,
            Ruleset served,
            Candidate candidate,
            RequestedRevision revision) {
        if (!(revision instanceof Served)) {
            return Future.failedFuture(new InvalidRequestException(ApiError.badRequest(
                    "invalid_parameter",
                    "must not be sent together with flags or writes, which change the served revision",
                    revision instanceof RequestedRevision.At ? RequestedRevision.AT : RequestedRevision.REVISION)));
        }
        return candidates
                .apply(context, served, candidate)
                .compose(outcome -> compile(context, request, served, outcome));
    }

    /** @param outcome of a candidate; null to take the ruleset as it is */
    private Future<Work> compile(
            RoutingContext context, DraftRequest request, Ruleset ruleset, @Nullable Outcome outcome) {
        return context.vertx().executeBlocking(() -> compile(request, ruleset, outcome), false);
    }

    private Work compile(DraftRequest request, Ruleset ruleset, @Nullable Outcome outcome) {
        String project = request.project();
        ProjectRows rows = (outcome == null ? ruleset.rows().rows() : outcome.rows()).project(project);
        if (rows == null && !project.equals(ProjectKeys.UNNAMED)) {
            throw ProjectStates.unknownProject(PROJECT);
        }
        ProjectState state = outcome == null ? states.of(ruleset, project) : states.of(ruleset, project, rows);
        List<String> keys = state.flags().stream()
                .map(flag -> flag.key())
                .filter(key ->
                        request.flagKeys().isEmpty() || request.flagKeys().contains(key))
                .toList();
        CompiledState compiled = CompiledState.compile(state, keys, patternSteps);
        return new Work(
                request,
                compiled,
                keys,
                ruleset.revision(),
                outcome == null ? List.of() : RowsPreview.warnings(outcome),
                characters(rows, compiled));
    }

    private static long characters(@Nullable ProjectRows rows, CompiledState compiled) {
        return rows == null
                ? 0
                : rows.flags().stream()
                        .filter(row -> compiled.contains(row.key().key()))
                        .mapToLong(row -> row.definition().length())
                        .sum();
    }

    private Future<?> explain(RoutingContext context, Work work) {
        if (work.characters() > MAX_EXPLAINED) {
            return Future.failedFuture(new InvalidRequestException(ApiError.badRequest(
                    "explanation_too_large",
                    "the definitions of the flags and their dependencies have " + work.characters()
                            + " characters; at most " + MAX_EXPLAINED + " can be explained at once",
                    "flagKeys")));
        }
        Reservation memory = Reservation.ofAnswer(context.request());
        if (!memory.take(EXPANSION * work.characters() + Compression.FREE_BYTES)) {
            return Future.failedFuture(new InvalidRequestException(Failures.OVERLOADED));
        }
        return context.vertx()
                .executeBlocking(
                        () -> new Explanations(work.head())
                                .encode(work.state()
                                        .explain(work.request().users().get(0))),
                        false)
                .onFailure(failure -> memory.release())
                .onSuccess(answer -> send(context, work, answer, memory));
    }

    private void send(RoutingContext context, Work work, Buffer answer, Reservation memory) {
        if (context.response().closed()) {
            memory.release();
            return;
        }
        putRevision(context, work)
                .response()
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        compression.end(context, answer, memory);
    }

    private static RoutingContext putRevision(RoutingContext context, Work work) {
        context.response().putHeader(ResponseHeaders.REVISION, Long.toString(work.revision()));
        return context;
    }

    private static Future<?> simulate(RoutingContext context, Work work) {
        int users = work.request().users().size();
        if ((long) users * work.flagKeys().size() > MAX_EVALUATIONS) {
            return Future.failedFuture(new InvalidRequestException(ApiError.badRequest(
                    "simulation_too_large",
                    "a simulation of " + work.flagKeys().size() + " flags allows at most "
                            + MAX_EVALUATIONS / work.flagKeys().size() + " users",
                    "users")));
        }
        Map<String, @Nullable Object> begin = work.head();
        begin.put("users", (long) users);
        return LineStream.send(
                putRevision(context, work).vertx(),
                context.response(),
                "simulation",
                work.state().simulate(begin, work.request().users(), work.flagKeys()));
    }
}
