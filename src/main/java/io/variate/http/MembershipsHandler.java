package io.variate.http;

import io.variate.cohorts.UploadedCohorts;
import io.variate.http.Authentication.Caller;
import io.variate.rulesets.Deployment;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code GET /sdk/v2/memberships/{groupType}/{groupName}}: the cohorts that somebody is in. The name is all that is left
 * of the path, for clients send its slashes as they are.
 *
 * <p>Source: Amplitude's evaluation proxy; that keys which are not secret may not ask is ours.
 */
final class MembershipsHandler implements Handler<RoutingContext> {
    static final String ROUTE = "/sdk/v2/memberships/*";

    private static final String PREFIX = "/memberships/";
    private static final ApiError NOT_FOR_CLIENTS = new ApiError(
            403, "forbidden", "who is in which cohort is told to keys of type server only", "Authorization");

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
        // As it was sent: the router's own form has lost empty and dotted parts, and a name may have those.
        String path = context.request().path();
        int start = path.indexOf(PREFIX) + PREFIX.length();
        int slash = path.indexOf('/', start);
        String groupType =
                QueryString.decodePath(path.substring(start, slash < 0 ? path.length() : slash), "groupType");
        String member = slash < 0 ? "" : QueryString.decodePath(path.substring(slash + 1), "groupName");
        if (groupType.isEmpty()) {
            throw invalid("the path must name a group type", "groupType");
        }
        if (member.isEmpty()) {
            throw invalid("the path must name a member", "groupName");
        }
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, Answers.NO_STORE)
                .end(new JsonArray(uploaded.over(caller.ruleset().cohorts()).idsContaining(groupType, member))
                        .toBuffer());
    }

    private static InvalidRequestException invalid(String message, String path) {
        return new InvalidRequestException(ApiError.badRequest("invalid_parameter", message, path));
    }
}
