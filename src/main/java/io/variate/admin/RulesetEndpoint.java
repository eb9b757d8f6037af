package io.variate.admin;

import io.variate.json.Problem;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetEditor.Replacement;
import io.variate.rulesets.document.DocumentWriter;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetText;
import io.variate.store.RevisionConflictException;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET|PUT /api/1/ruleset}: exports and replaces the ruleset document. */
public final class RulesetEndpoint {
    private static final Logger log = LoggerFactory.getLogger(RulesetEndpoint.class);

    /** A revision as an entity tag; the quotes are optional for people who type it. */
    private static final Pattern REVISION_TAG = Pattern.compile("(?:W/)?(?:\"([0-9]{1,18})\"|([0-9]{1,18}))");

    private final CurrentRuleset current;
    private final @Nullable RulesetEditor editor;

    /**
     * Exports the served ruleset, and replaces the stored one.
     *
     * @param editor null if the ruleset does not come from a database, and replacements are rejected
     */
    public RulesetEndpoint(CurrentRuleset current, @Nullable RulesetEditor editor) {
        this.current = current;
        this.editor = editor;
    }

    void export(RoutingContext context) {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            Replies.error(context, Failures.NOT_READY);
            return;
        }
        // On a worker thread, because a document may be large, and this event loop also serves users.
        context.vertx()
                .executeBlocking(() -> Buffer.buffer(DocumentWriter.json(ruleset.rows())), false)
                .onSuccess(document -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                        .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                        .putHeader(HttpHeaders.ETAG, '"' + Long.toString(ruleset.revision()) + '"')
                        .end(document))
                .onFailure(context::fail);
    }

    void replace(RoutingContext context) {
        RulesetEditor writable = editor;
        if (writable == null) {
            context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            Replies.error(
                    context, 405, "read_only", "this node is read-only: its ruleset does not come from PostgreSQL");
            return;
        }
        Buffer body = context.body().buffer();
        List<String> ifMatch = context.request().headers().getAll(HttpHeaders.IF_MATCH);
        context.vertx()
                .executeBlocking(() -> new Edit(text(body), expectedRevision(ifMatch)), false)
                .compose(edit -> writable.replace(edit.document(), edit.expected()))
                .onSuccess(replacement -> confirm(context, replacement))
                .onFailure(failure -> reject(context, failure));
    }

    private record Edit(String document, @Nullable Long expected) {}

    private static String text(@Nullable Buffer body) {
        if (body == null) {
            throw new IllegalArgumentException("the body must be a ruleset document");
        }
        return RulesetText.decode(body.getBytes());
    }

    /** Null for any revision. A malformed tag is rejected, because ignoring it could overwrite an edit. */
    private static @Nullable Long expectedRevision(List<String> ifMatch) {
        if (ifMatch.isEmpty() || (ifMatch.size() == 1 && ifMatch.get(0).strip().equals("*"))) {
            return null;
        }
        Matcher tag = REVISION_TAG.matcher(ifMatch.size() == 1 ? ifMatch.get(0).strip() : "");
        if (!tag.matches()) {
            throw new IllegalArgumentException("If-Match must be one revision as an ETag, or *");
        }
        return Long.valueOf(tag.group(1) == null ? tag.group(2) : tag.group(1));
    }

    private static void confirm(RoutingContext context, Replacement replacement) {
        context.response().putHeader(HttpHeaders.ETAG, '"' + Long.toString(replacement.revision()) + '"');
        JsonObject body = new JsonObject().put("revision", replacement.revision());
        if (!replacement.warnings().isEmpty()) {
            body.put("warnings", toJson(replacement.warnings()));
        }
        Replies.json(context, 200, body);
    }

    private static JsonArray toJson(List<Problem> problems) {
        JsonArray array = new JsonArray();
        problems.forEach(problem ->
                array.add(new JsonObject().put("path", problem.path()).put("message", problem.reason())));
        return array;
    }

    private static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            Replies.problems(context, 400, "invalid_ruleset", toJson(invalid.problems()));
        } else if (failure instanceof RevisionConflictException conflict) {
            Replies.error(context, 412, "revision_conflict", conflict.getMessage());
        } else if (failure instanceof IllegalArgumentException wrong) {
            Replies.error(context, 400, "bad_request", wrong.getMessage());
        } else {
            log.warn("cannot store ruleset in PostgreSQL: {}", failure.toString());
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not store the ruleset; retry later");
        }
    }
}
