package io.variate.admin;

import io.variate.json.Json;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code GET|PUT|DELETE /api/1/ruleset/projects/{project}}: exports, replaces and removes one named project. */
final class ProjectDefinitionEndpoint {
    private final CurrentRuleset current;
    private final RulesetChanges changes;

    /** Exports projects of the served ruleset, and changes those of the stored one. */
    ProjectDefinitionEndpoint(CurrentRuleset current, RulesetChanges changes) {
        this.current = current;
        this.changes = changes;
    }

    /**
     * The project that a request names.
     *
     * @param rows null if the served ruleset does not contain it
     */
    private record Target(
            Revision revision, String key, @Nullable ProjectRows rows) {}

    void export(RoutingContext context) {
        Target target = target(context);
        if (target == null) {
            return;
        }
        ProjectRows rows = target.rows();
        if (rows == null) {
            rejectUnknown(context);
            return;
        }
        // On a worker thread, because a project may be large, and this event loop also serves users.
        context.vertx()
                .executeBlocking(() -> Buffer.buffer(document(rows)), false)
                .onSuccess(document -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                        .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                        .putHeader(HttpHeaders.ETAG, RevisionTag.of(target.revision()))
                        .end(document))
                .onFailure(context::fail);
    }

    void replace(RoutingContext context) {
        Target target = changes.isWritable(context, "GET, HEAD") ? target(context) : null;
        if (target != null) {
            changes.apply(context, target.rows() == null ? 201 : 200, (editor, force, expected) -> RulesetChanges.body(
                            context)
                    .compose(json -> editor.replaceProject(target.key(), json, force, expected)));
        }
    }

    void remove(RoutingContext context) {
        Target target = changes.isWritable(context, "GET, HEAD") ? target(context) : null;
        if (target != null) {
            changes.apply(
                    context,
                    200,
                    (editor, force, expected) -> editor.removeProject(target.key(), force, expected),
                    failure -> rejectRemoval(context, failure));
        }
    }

    private static void rejectRemoval(RoutingContext context, Throwable failure) {
        if (failure instanceof UnknownElementException) {
            rejectUnknown(context);
        } else {
            RulesetChanges.reject(context, failure);
        }
    }

    /** Answers the request and returns null if this node is not ready. */
    private @Nullable Target target(RoutingContext context) {
        String key = RequestPath.last(context, "project");
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            Replies.error(context, Failures.NOT_READY);
            return null;
        }
        RulesetRows served = ruleset.rows();
        return new Target(served.revision(), key, served.rows().project(key));
    }

    /** The document of a project, in the form that {@code PUT} accepts. */
    static String document(ProjectRows rows) {
        StringBuilder document = new StringBuilder("{");
        Row settings = rows.project();
        if (settings != null && Json.parseExact(settings.definition()) instanceof Map<?, ?> members) {
            members.forEach((name, value) -> document.append(Json.write(name))
                    .append(':')
                    .append(Json.write(value))
                    .append(','));
        }
        return document.append("\"deployments\":[")
                .append(definitions(rows.deployments()))
                .append("],\"flags\":[")
                .append(definitions(rows.flags()))
                .append("],\"cohorts\":[")
                .append(definitions(rows.cohorts()))
                .append("]}")
                .toString();
    }

    private static String definitions(List<Row> rows) {
        return rows.stream().map(Row::definition).collect(Collectors.joining(","));
    }

    static void rejectUnknown(RoutingContext context) {
        Replies.error(context, 404, "unknown_project", "the ruleset has no project with this key");
    }
}
