package io.variate.admin;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.QueryString;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET|PUT|DELETE /api/1/ruleset/flags/{key}?project=}: exports, replaces and removes the definition of one flag.
 *
 * <p>The entity tag is that of the whole ruleset, because flags depend on each other: a change of another flag is a conflict.
 */
final class FlagDefinitionEndpoint {
    private static final String PROJECT = "project";

    private final CurrentRuleset current;
    private final RulesetChanges changes;

    /** Exports flags of the served ruleset, and changes those of the stored one. */
    FlagDefinitionEndpoint(CurrentRuleset current, RulesetChanges changes) {
        this.current = current;
        this.changes = changes;
    }

    /**
     * The flag that a request names.
     *
     * @param rows the project, or null if the served ruleset has no such project
     * @param row null if the served ruleset does not contain the flag
     */
    private record Target(
            Revision revision,
            String project,
            String key,
            @Nullable ProjectRows rows,
            @Nullable Row row) {
        boolean isInUnknownProject() {
            return rows == null && !project.equals(ProjectKeys.UNNAMED);
        }
    }

    void export(RoutingContext context) {
        Target target = target(context);
        if (target == null || !Rights.have(context, Right.READ, target.project())) {
            return;
        }
        Row row = target.row();
        if (row == null) {
            rejectUnknown(context, target);
            return;
        }
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader(HttpHeaders.ETAG, RevisionTag.of(target.revision()))
                .end(row.definition());
    }

    /** Checks a write before its body arrives. */
    void requireEditor(RoutingContext context) {
        Target target = changes.isWritable(context, "GET, HEAD") ? target(context) : null;
        Ruleset ruleset = current.get();
        if (target != null && ruleset != null) {
            Set<String> deployments = ruleset.labelsOfDeploymentsWith(target.project(), target.key());
            if (Rights.have(context, Right.WRITE, target.project(), target.key(), deployments)) {
                context.next();
            }
        }
    }

    void replace(RoutingContext context) {
        Target target = target(context);
        if (target != null) {
            changes.apply(
                    context,
                    target.row() == null ? 201 : 200,
                    (editor, force, expected) -> RulesetChanges.body(context)
                            .compose(json -> permitting(editor, context, target)
                                    .replaceFlag(target.project(), target.key(), json, expected)),
                    failure -> reject(context, target, failure));
        }
    }

    void remove(RoutingContext context) {
        Target target = target(context);
        if (target != null) {
            changes.apply(
                    context,
                    200,
                    (editor, force, expected) -> permitting(editor, context, target)
                            .removeFlag(target.project(), target.key(), force, expected),
                    failure -> rejectRemoval(context, target, failure));
        }
    }

    private static RulesetEditor permitting(RulesetEditor editor, RoutingContext context, Target target) {
        Caller caller = Caller.of(context);
        return editor.requiring(rows -> Rights.requireWrite(caller, target.project(), target.key(), rows));
    }

    /** The rest of the ruleset was valid with the flag, so it needs the flag. */
    private static void rejectRemoval(RoutingContext context, Target target, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            RulesetChanges.rejectAs(context, 409, "flag_in_use", invalid);
        } else {
            reject(context, target, failure);
        }
    }

    private static void reject(RoutingContext context, Target target, Throwable failure) {
        if (failure instanceof UnknownElementException) {
            rejectUnknown(context, target);
        } else if (failure instanceof Rights.MissingRightException) {
            Replies.error(context, Rights.FORBIDDEN);
        } else {
            RulesetChanges.reject(context, failure);
        }
    }

    private static void rejectUnknown(RoutingContext context, Target target) {
        if (target.isInUnknownProject()) {
            ProjectDefinitionEndpoint.rejectUnknown(context);
        } else {
            Replies.error(context, 404, "unknown_flag", "the project has no flag with this key");
        }
    }

    /** Answers the request and returns null if it is invalid, or this node is not ready. */
    private @Nullable Target target(RoutingContext context) {
        String key = RequestPath.last(context, "key");
        List<String> projects = QueryString.values(context.request().query(), PROJECT);
        Ruleset ruleset = current.get();
        if (projects.size() > 1) {
            Replies.error(context, 400, "repeated_parameter", "project must be given at most once");
            return null;
        }
        if (ruleset == null) {
            Replies.error(context, Failures.NOT_READY);
            return null;
        }
        String project = projects.isEmpty() ? ProjectKeys.UNNAMED : projects.get(0);
        RulesetRows served = ruleset.rows();
        ProjectRows rows = served.rows().project(project);
        return new Target(served.revision(), project, key, rows, rows == null ? null : find(rows.flags(), key));
    }

    private static @Nullable Row find(List<Row> flags, String key) {
        for (Row flag : flags) {
            if (flag.key().key().equals(key)) {
                return flag;
            }
        }
        return null;
    }
}
