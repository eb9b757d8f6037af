package io.variate.admin;

import io.variate.json.Problem;
import io.variate.management.access.Caller;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RevisionNotReachedException;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetEditor.Replacement;
import io.variate.rulesets.WriteOrigin;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetText;
import io.variate.rulesets.document.WouldBeEmptyException;
import io.variate.rulesets.rows.Revision;
import io.variate.store.HistoryDivergedException;
import io.variate.store.NotDivergedException;
import io.variate.store.RevisionConflictException;
import io.variate.web.ApiError;
import io.variate.web.decoding.QueryString;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part that all writes to the ruleset share: {@code If-Match}, bodies, confirmations and errors. */
final class RulesetChanges {
    private static final Logger log = LoggerFactory.getLogger(RulesetChanges.class);

    /** The way out of a divergence, for errors and health. */
    static final String HOW_TO_RECOVER = "writes are refused until it is settled with POST /api/1/ruleset/recover and"
            + " {\"keep\": \"database\"} or {\"keep\": \"served\"}";

    /** A node that is behind its cluster usually catches up within milliseconds. */
    private static final Duration MAX_WAIT_FOR_TAG = Duration.ofSeconds(1);

    private static final String FORCE = "force";
    private static final String REASON = "X-Variate-Reason";
    private static final String REQUEST_ID = "X-Request-Id";
    private static final int LONGEST_REASON = 1_000;
    private static final int LONGEST_ID = 128;

    private final CurrentRuleset current;
    private final @Nullable RulesetEditor editor;
    private final boolean hasUpstream;

    /**
     * @param editor null if the ruleset does not come from a database, and writes are rejected
     * @param hasUpstream whether the ruleset comes from an upstream
     */
    RulesetChanges(CurrentRuleset current, @Nullable RulesetEditor editor, boolean hasUpstream) {
        this.current = current;
        this.editor = editor;
        this.hasUpstream = hasUpstream;
    }

    /** A write that a request asks for. */
    interface Edit {
        /**
         * Writes to the database.
         *
         * @param force whether the change may leave a deployment or the ruleset empty
         * @param expected the number of the revision that must be the current one, or null for any
         */
        Future<Replacement> apply(RulesetEditor editor, boolean force, @Nullable Long expected);
    }

    /** Whether this node can write; otherwise rejects the request. */
    boolean isWritable(RoutingContext context, String readMethods) {
        if (editor == null) {
            rejectWrite(context, readMethods);
        }
        return editor != null;
    }

    /** Rejects a write to a ruleset that does not come from a database. */
    void rejectWrite(RoutingContext context, String readMethods) {
        if (hasUpstream) {
            Replies.error(context, 409, "read_only", "the ruleset is managed upstream");
            return;
        }
        context.response().putHeader(HttpHeaders.ALLOW, readMethods);
        Replies.error(context, 405, "read_only", "this node is read-only: its ruleset does not come from PostgreSQL");
    }

    /**
     * Applies an edit if the revision in {@code If-Match} is the current one, and answers the request.
     *
     * @param status of a success
     */
    void apply(RoutingContext context, int status, Edit edit) {
        apply(context, status, edit, failure -> reject(context, failure));
    }

    /**
     * Applies an edit like {@link #apply(RoutingContext, int, Edit)}.
     *
     * @param onFailure answers a failed edit
     */
    void apply(RoutingContext context, int status, Edit edit, Handler<Throwable> onFailure) {
        RulesetEditor writable = editor;
        if (writable == null) {
            throw new IllegalStateException("this node is read-only");
        }
        RevisionTag tag;
        boolean force;
        try {
            force = isForced(context);
            tag = RevisionTag.read(context.request().headers().getAll(HttpHeaders.IF_MATCH));
        } catch (IllegalArgumentException e) {
            Replies.error(context, 400, "bad_request", e.getMessage());
            return;
        }
        whenServed(tag).onComplete(over -> {
            if (tag != null && tag.digest() != null && !isServed(tag)) {
                Replies.error(
                        context,
                        412,
                        "revision_conflict",
                        "this node serves revision " + current.revision() + ", not the one of If-Match");
                return;
            }
            edit.apply(writable.by(origin(context)), force, tag == null ? null : tag.number())
                    .onSuccess(replacement -> confirm(context, status, replacement))
                    .onFailure(onFailure);
        });
    }

    private static WriteOrigin origin(RoutingContext context) {
        MultiMap headers = context.request().headers();
        String reason = headers.get(REASON);
        String id = headers.get(REQUEST_ID);
        return new WriteOrigin(
                Caller.of(context).name(),
                "ruleset",
                reason == null || reason.isBlank()
                        ? null
                        : reason.substring(0, Math.min(LONGEST_REASON, reason.length())),
                id == null || id.isEmpty() || id.length() > LONGEST_ID
                        ? UUID.randomUUID().toString()
                        : id);
    }

    /** Whether the query has {@code force=true}. @throws IllegalArgumentException if it has another value */
    private static boolean isForced(RoutingContext context) {
        List<String> values = QueryString.values(context.request().query(), FORCE);
        if (values.isEmpty()) {
            return false;
        }
        if (values.size() > 1 || !(values.contains("true") || values.contains("false"))) {
            throw new IllegalArgumentException("force must be given once as true or false");
        }
        return values.contains("true");
    }

    /** The database compares only the number, so the digest is compared with the ruleset that this node serves. */
    private Future<Void> whenServed(@Nullable RevisionTag tag) {
        return tag == null || tag.digest() == null
                ? Future.succeededFuture()
                : current.reached(tag.number(), MAX_WAIT_FOR_TAG);
    }

    private boolean isServed(RevisionTag tag) {
        Ruleset ruleset = current.get();
        return ruleset != null && tag.matches(ruleset.rows().revision());
    }

    /** Decodes the body on a worker thread, because it may be large. Fails with {@link InvalidRulesetException}. */
    static Future<String> body(RoutingContext context) {
        Buffer body = context.body().buffer();
        return context.vertx()
                .executeBlocking(() -> RulesetText.decode(body == null ? new byte[0] : body.getBytes()), false);
    }

    private static void confirm(RoutingContext context, int status, Replacement replacement) {
        context.response().putHeader(HttpHeaders.ETAG, RevisionTag.of(replacement.revision()));
        JsonObject body =
                new JsonObject().put("revision", replacement.revision().number());
        if (!replacement.warnings().isEmpty()) {
            body.put("warnings", toJson(replacement.warnings()));
        }
        Replies.json(context, status, body);
    }

    static JsonArray toJson(List<Problem> problems) {
        JsonArray array = new JsonArray();
        problems.forEach(problem ->
                array.add(new JsonObject().put("path", problem.path()).put("message", problem.reason())));
        return array;
    }

    /** Answers a write that failed. */
    static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            rejectAs(context, 400, "invalid_ruleset", invalid);
        } else if (failure instanceof WouldBeEmptyException empty) {
            Replies.problems(context, 409, "would_be_empty", toJson(empty.problems()));
        } else if (failure instanceof RevisionConflictException conflict) {
            Replies.error(context, 412, "revision_conflict", conflict.getMessage());
        } else if (failure instanceof HistoryDivergedException diverged) {
            Replies.json(context, 409, toJson(diverged));
        } else if (failure instanceof NotDivergedException settled) {
            Replies.error(context, 409, "not_diverged", settled.getMessage());
        } else if (failure instanceof RevisionNotReachedException behind) {
            Replies.error(context, 503, "revision_not_reached", behind.getMessage());
        } else {
            log.warn("cannot store ruleset in PostgreSQL: {}", failure.toString());
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not store the ruleset; retry later");
        }
    }

    /** Answers a write of an invalid ruleset with all its problems. */
    static void rejectAs(RoutingContext context, int status, String code, InvalidRulesetException invalid) {
        JsonArray problems = new JsonArray();
        invalid.problems()
                .forEach(problem -> problems.add(new JsonObject()
                        .put("path", problem.path())
                        .put("message", problem.reason())
                        .put("severity", problem.severity().text())));
        Replies.problems(context, status, code, problems);
    }

    private static JsonObject toJson(HistoryDivergedException diverged) {
        JsonObject body = new ApiError(
                        409,
                        "history_diverged",
                        "the database does not continue the served ruleset, as after the restore of a backup; "
                                + HOW_TO_RECOVER)
                .toJson();
        body.getJsonObject("error").put("served", toJson(diverged.served())).put("stored", toJson(diverged.stored()));
        return body;
    }

    /** A revision in a response. */
    static JsonObject toJson(Revision revision) {
        return new JsonObject()
                .put("history", revision.history())
                .put("number", revision.number())
                .put("digest", revision.digest().toString());
    }
}
