package io.variate.admin;

import io.variate.json.Problem;
import io.variate.management.preview.Candidate;
import io.variate.management.preview.Candidates;
import io.variate.management.preview.ProjectStates;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.document.RulesetChange.Outcome;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.web.ApiError;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.PastRevisions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of the ruleset after a candidate, which is not stored. Used on the event loop; works on worker threads. */
public final class CandidateRows {
    private static final ApiError NO_WRITES = new ApiError(
            409, "read_only", "this node cannot apply writes: its ruleset does not come from PostgreSQL", "writes");

    private final PastRulesets past;
    private final @Nullable Candidates writes;

    /**
     * Applies candidates.
     *
     * @param past for candidates that are past revisions
     * @param writes for candidates that are management writes; null if the node has no management
     */
    public CandidateRows(PastRulesets past, @Nullable Candidates writes) {
        this.past = past;
        this.writes = writes;
    }

    /** Applies a candidate to a ruleset. The future fails with what {@link #reject} answers. */
    Future<Outcome> apply(RoutingContext context, Ruleset served, Candidate candidate) {
        if (candidate instanceof Candidate.Writes batch) {
            return writes == null
                    ? Future.failedFuture(new InvalidRequestException(NO_WRITES))
                    : writes.apply(context, new JsonObject(batch.json()));
        }
        if (candidate instanceof Candidate.Revision revision) {
            return past.at(revision.number())
                    .map(then -> new Outcome(then.rows().rows(), List.of()))
                    .recover(failure -> Future.failedFuture(PastRevisions.toError(failure, "revision")));
        }
        return context.vertx()
                .executeBlocking(
                        () -> change(candidate, served).applyTo(served.rows().rows()), false);
    }

    private static RulesetChange change(Candidate candidate, Ruleset served) {
        return candidate instanceof Candidate.Flags flags
                ? RulesetChange.elements(flags.changes(), served.known(), true)
                : document(((Candidate.Document) candidate).json(), served);
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

    /**
     * Answers a request whose candidate cannot be applied or evaluated.
     *
     * @param projectField the field with the id of the project
     */
    static void reject(RoutingContext context, Throwable failure, String projectField) {
        if (failure instanceof InvalidRulesetException invalid) {
            RulesetChanges.rejectAs(context, 400, "invalid_ruleset", invalid);
        } else if (failure instanceof UnknownElementException) {
            Replies.error(context, ProjectStates.unknownProject(projectField).error());
        } else {
            Replies.error(context, Failures.toError(failure, 500));
        }
    }
}
