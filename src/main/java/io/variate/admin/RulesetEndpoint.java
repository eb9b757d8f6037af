package io.variate.admin;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.DocumentWriter;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** {@code GET|PUT /api/1/ruleset}: exports and replaces the ruleset document. */
final class RulesetEndpoint {
    private final CurrentRuleset current;
    private final RulesetChanges changes;

    /** Exports the served ruleset, and replaces the stored one. */
    RulesetEndpoint(CurrentRuleset current, RulesetChanges changes) {
        this.current = current;
        this.changes = changes;
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
                        .putHeader(
                                HttpHeaders.ETAG, RevisionTag.of(ruleset.rows().revision()))
                        .end(document))
                .onFailure(context::fail);
    }

    void replace(RoutingContext context) {
        if (changes.isWritable(context, "GET, HEAD")) {
            changes.apply(context, 200, (editor, force, expected) -> RulesetChanges.body(context)
                    .compose(document -> editor.replace(document, force, expected)));
        }
    }
}
