package io.variate.http.cohorts;

import io.variate.cohorts.UploadedCohorts;
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
 * {@code GET /sdk/v2/memberships/{groupType}/{groupName}}: the cohorts that somebody is in. The name is all that is left
 * of the path, for clients send its slashes as they are.
 *
 * <p>Source: Amplitude's evaluation proxy; that keys which are not secret may not ask is ours.
 */
final class MembershipsHandler implements Handler<RoutingContext> {
    static final String ROUTE = "/sdk/v2/memberships/*";

    private static final int FIXED_PARTS = 3;

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
            throw invalid("the path must name a group type", "groupType");
        }
        if (member.isEmpty()) {
            throw invalid("the path must name a member", "groupName");
        }
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end(new JsonArray(uploaded.over(caller.ruleset().cohorts()).idsContaining(groupType, member))
                        .toBuffer());
    }

    /** The router removes dotted parts wherever they are, after which nobody can say where the name begins. */
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
