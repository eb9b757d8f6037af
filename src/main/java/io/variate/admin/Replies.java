package io.variate.admin;

import io.variate.web.ApiError;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.UnacceptableRequestException;
import io.variate.web.decoding.UnreadableRequests;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the responses of the admin port. Errors have the JSON of {@link ApiError}. */
public final class Replies {
    private static final Logger log = LoggerFactory.getLogger(Replies.class);
    private static final ApiError BROKEN_BODY = new ApiError(400, "bad_request", "the body is incomplete or malformed");
    private static final ApiError METHOD_NOT_ALLOWED =
            new ApiError(405, "method_not_allowed", "this path does not support the method; see the Allow header");
    private static final ApiError INTERNAL = new ApiError(500, "internal", "the request failed; see the server log");

    /** Errors of the router, by their status. */
    private static final List<ApiError> OF_ROUTER = List.of(
            new ApiError(400, "bad_request", "the request is not valid HTTP"),
            new ApiError(404, "not_found", "no resource at this path"),
            new ApiError(413, "document_too_large", "the body must not exceed admin.max-document-size"),
            new ApiError(417, "expectation_failed", "Expect must be 100-continue"));

    private Replies() {}

    /** Sends a JSON object. */
    public static void json(RoutingContext context, int status, JsonObject body) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end(body.toBuffer());
    }

    /** Sends an error about the request as a whole. */
    public static void error(RoutingContext context, int status, String code, @Nullable String message) {
        error(context, new ApiError(status, code, String.valueOf(message)));
    }

    /** Sends an error. */
    public static void error(RoutingContext context, ApiError error) {
        json(context, error.status(), error.toJson());
    }

    /** Sends an error with a list of problems; {@code path} and {@code message} are those of the first one. */
    public static void problems(RoutingContext context, int status, String code, JsonArray problems) {
        JsonObject first = problems.getJsonObject(0);
        JsonObject body = new ApiError(status, code, first.getString("message"), first.getString("path")).toJson();
        body.getJsonObject("error").put("problems", problems);
        json(context, status, body);
    }

    /** A handler for an existing path, after the handlers of all its methods. */
    public static Handler<RoutingContext> onlyAllows(String methods) {
        return context -> {
            context.response().putHeader(HttpHeaders.ALLOW, methods);
            error(context, METHOD_NOT_ALLOWED);
        };
    }

    /** Makes the router answer its own failures in the same format. */
    static void install(Router router) {
        OF_ROUTER.forEach(error -> router.errorHandler(error.status(), context -> error(context, error)));
        // The body handler fails with this status if a body ends early.
        router.errorHandler(200, context -> error(context, BROKEN_BODY));
        router.errorHandler(500, context -> {
            if (context.failure() instanceof UnacceptableRequestException unacceptable) {
                UnreadableRequests.answer(context.request(), unacceptable);
                return;
            }
            log.error("admin request failed", context.failure());
            error(context, INTERNAL);
        });
    }
}
