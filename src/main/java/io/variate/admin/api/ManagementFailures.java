package io.variate.admin.api;

import io.variate.admin.Replies;
import io.variate.json.Problem;
import io.variate.management.RejectedWriteException;
import io.variate.management.VersionConflictException;
import io.variate.management.comparison.FieldChange;
import io.variate.rulesets.RevisionNotReachedException;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.WouldBeEmptyException;
import io.variate.store.HistoryDivergedException;
import io.variate.web.ApiError;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.UnacceptableRequestException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps failures of the management API to errors for clients, and sends them. */
final class ManagementFailures {
    private static final Logger log = LoggerFactory.getLogger(ManagementFailures.class);

    private static final ApiError INTERNAL = new ApiError(500, "internal", "the request failed; see the server log");
    private static final ApiError UNAVAILABLE =
            new ApiError(503, "database_unavailable", "PostgreSQL did not answer the request; retry later");
    private static final ApiError DIVERGED = new ApiError(
            409,
            "history_diverged",
            "the database does not continue the served ruleset, as after the restore of a backup; settle it with POST"
                    + " /api/1/ruleset/recover");

    private ManagementFailures() {}

    static void answer(RoutingContext context, Throwable failure) {
        if (context.response().ended() || context.response().closed()) {
            return;
        }
        if (failure instanceof InvalidBodyException invalid) {
            problems(context, 400, invalid.code(), invalid.problems());
        } else if (failure instanceof InvalidRulesetException invalid) {
            problems(context, 400, "invalid_ruleset", invalid.problems());
        } else if (failure instanceof WouldBeEmptyException empty) {
            problems(context, 409, "would_be_empty", empty.problems());
        } else if (failure instanceof VersionConflictException conflict) {
            Replies.json(context, conflict.status(), toJson(conflict));
        } else {
            ApiError error = toError(failure);
            if (error.status() == 405) {
                context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            }
            if (error.isTemporary()) {
                context.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            }
            Replies.error(context, error);
        }
    }

    /** The error for a failure, without the problems that it lists. */
    static ApiError toError(Throwable failure) {
        if (failure instanceof RejectedWriteException rejected) {
            return new ApiError(
                    rejected.status(), rejected.code(), String.valueOf(rejected.getMessage()), rejected.path());
        }
        if (failure instanceof InvalidRequestException invalid) {
            return invalid.error();
        }
        if (failure instanceof UnacceptableRequestException unacceptable) {
            return Failures.of(unacceptable);
        }
        if (failure instanceof RevisionNotReachedException behind) {
            return new ApiError(503, "revision_not_reached", String.valueOf(behind.getMessage()));
        }
        if (failure instanceof HistoryDivergedException) {
            return DIVERGED;
        }
        if (isDefect(failure)) {
            log.error("management request failed", failure);
            return INTERNAL;
        }
        log.warn("cannot use management tables in PostgreSQL: {}", failure.toString());
        return UNAVAILABLE;
    }

    /** Everything else comes from the driver of the database. */
    private static boolean isDefect(Throwable failure) {
        return failure instanceof NullPointerException
                || failure instanceof ClassCastException
                || failure instanceof IndexOutOfBoundsException
                || failure instanceof ArithmeticException
                || failure instanceof UnsupportedOperationException
                || failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException
                || failure instanceof Error;
    }

    private static void problems(RoutingContext context, int status, String code, List<Problem> problems) {
        List<Problem> errors = problems.stream().filter(Problem::isError).toList();
        JsonArray array = new JsonArray();
        (errors.isEmpty() ? problems : errors)
                .stream()
                        .filter(Predicate.not(problem -> problem.reason().isEmpty()))
                        .forEach(problem -> array.add(new JsonObject()
                                .put("path", problem.path().isEmpty() ? "body" : problem.path())
                                .put("message", problem.reason())
                                .put("severity", problem.severity().text())));
        Replies.problems(context, status, code, array);
    }

    private static JsonObject toJson(VersionConflictException conflict) {
        List<FieldChange> ours = conflict.ours();
        JsonObject body = new ApiError(
                        conflict.status(), conflict.code(), String.valueOf(conflict.getMessage()), conflict.path())
                .toJson();
        body.getJsonObject("error")
                .put(
                        "conflict",
                        new JsonObject()
                                .put("current", conflict.current())
                                .put("theirs", new JsonArray(FieldChange.toJson(conflict.theirs())))
                                .put("yours", new JsonArray(FieldChange.toJson(ours))));
        return body;
    }
}
