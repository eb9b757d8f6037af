package io.variate.admin;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.web.ApiError;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks the rights of the caller of a request, and answers the request if they do not suffice. */
final class Rights {
    static final ApiError FORBIDDEN = new ApiError(403, "forbidden", "the token does not have the right to do this");

    /** Also for a project that exists, if the caller may not read it. */
    static final ApiError UNKNOWN_PROJECT =
            new ApiError(404, "unknown_project", "the ruleset has no project with this key");

    private Rights() {}

    /** Whether the caller has the right in all projects; otherwise answers the request. */
    static boolean haveEverywhere(RoutingContext context, Right right) {
        boolean permitted = Caller.of(context).permitsEverywhere(right);
        if (!permitted) {
            Replies.error(context, FORBIDDEN);
        }
        return permitted;
    }

    /** Whether the caller has the right in one project; otherwise answers the request. */
    static boolean have(RoutingContext context, Right right, String project) {
        return have(context, right, project, null, List.of());
    }

    /** Whether the caller has the right, as {@link Caller#permits}; otherwise answers the request. */
    static boolean have(
            RoutingContext context, Right right, String project, @Nullable String key, Collection<String> deployments) {
        Caller caller = Caller.of(context);
        boolean permitted = caller.permits(right, project, key, deployments);
        if (!permitted) {
            Replies.error(context, caller.sees(project) ? FORBIDDEN : UNKNOWN_PROJECT);
        }
        return permitted;
    }

    /**
     * Checks inside a transaction that the caller may write a flag, because another writer may have added it to a deployment
     * since the request was checked.
     *
     * @param rows all rows before the write
     * @throws MissingRightException if the caller may not
     */
    static void requireWrite(Caller caller, String project, String flag, RowSet rows) {
        if (!caller.permits(Right.WRITE, project, flag, labels(caller, rows.project(project), flag))) {
            throw new MissingRightException();
        }
    }

    /** Reads the deployments only if the rights of the caller depend on them. */
    private static Set<String> labels(Caller caller, @Nullable ProjectRows project, String flag) {
        Set<String> labels = new HashSet<>();
        if (project != null && !caller.scope().deployments().isEmpty()) {
            RowReader reader = new RowReader(new ArrayList<>());
            for (Row row : project.deployments()) {
                Deployment deployment = reader.deployment(row);
                if (deployment != null
                        && (deployment.hasAllFlags() || deployment.flags().contains(flag))) {
                    labels.add(deployment.label());
                }
            }
        }
        return labels;
    }

    /** The caller lost a right, or never had it. */
    static final class MissingRightException extends RuntimeException {
        private static final long serialVersionUID = 1;

        MissingRightException() {
            super(FORBIDDEN.message());
        }
    }
}
