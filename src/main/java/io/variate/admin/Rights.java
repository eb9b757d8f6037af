package io.variate.admin;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.web.ApiError;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.List;
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
}
