package io.variate.http.cohorts;

import io.variate.cohorts.UploadedCohorts;
import io.variate.rulesets.Project;
import io.variate.rulesets.document.Deployment;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * {@code GET /sdk/v2/memberships/{groupType}/{groupName}}: the cohorts of a user or group. The name is the rest of the
 * path, since clients do not escape its slashes.
 *
 * <p>Source: Amplitude's evaluation proxy. The restriction to secret keys is our own.
 */
final class MembershipsHandler implements Handler<RoutingContext> {
    static final String ROUTE = "/sdk/v2/memberships/*";

    private static final int FIXED_PARTS = 3;

    private static final ApiError NOT_FOR_CLIENTS =
            new ApiError(403, "forbidden", "memberships require a deployment key of type server", "Authorization");

    private final UploadedCohorts uploaded;

    MembershipsHandler(UploadedCohorts uploaded) {
        this.uploaded = uploaded;
    }

    @Override
    public void handle(RoutingContext context) {
        Caller caller = Caller.of(context);
        if (caller.deployed().deployment().type() != Deployment.Type.SERVER) {
            Failures.answer(context, NOT_FOR_CLIENTS);
            return;
        }
        caller.deployed().uses().requested();
        // The raw path: the router removes empty and dotted segments, which a name may contain.
        List<String> parts = RequestPath.parts(context.request().path());
        if (!isRoute(parts)) {
            Failures.answer(context, Failures.NOT_FOUND);
            return;
        }
        String groupType = parts.size() <= FIXED_PARTS ? "" : RequestPath.decode(parts.get(FIXED_PARTS), "groupType");
        String member = parts.size() <= FIXED_PARTS + 1
                ? ""
                : RequestPath.decode(String.join("/", parts.subList(FIXED_PARTS + 1, parts.size())), "groupName");
        if (groupType.isEmpty()) {
            throw invalid("the path has no group type", "groupType");
        }
        if (member.isEmpty()) {
            throw invalid("the path has no name of a user or group", "groupName");
        }
        Project project = caller.deployed().project();
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end(new JsonArray(
                                uploaded.over(project.key(), project.cohorts()).idsContaining(groupType, member))
                        .toBuffer());
    }

    /** The router matches after removing dotted segments anywhere, which would leave the start of the name ambiguous. */
    private static boolean isRoute(List<String> parts) {
        return parts.size() >= FIXED_PARTS
                && RequestPath.decode(parts.get(0), "url").equals("sdk")
                && RequestPath.decode(parts.get(1), "url").equals("v2")
                && RequestPath.decode(parts.get(2), "url").equals("memberships");
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest("invalid_parameter", message, path));
    }
}
