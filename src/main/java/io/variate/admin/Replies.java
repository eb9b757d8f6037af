package io.variate.admin;

import io.variate.web.decoding.UnacceptableRequestException;
import io.variate.web.decoding.UnreadableRequests;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers of the admin port; an error is {@code {"error": {"code", "message", "path"?}}}, as everywhere. */
final class Replies {
    private static final Logger log = LoggerFactory.getLogger(Replies.class);
    private static final Map<Integer, String> CODES = Map.of(
            400, "bad_request",
            404, "not_found",
            413, "document_too_large",
            417, "expectation_failed");
    private static final Map<Integer, String> MESSAGES = Map.of(
            400, "the request is not valid HTTP",
            404, "there is nothing at this path",
            413, "the body is larger than admin.max-document-size",
            417, "nothing but 100-continue can be expected");

    private Replies() {}

    static void json(RoutingContext context, int status, JsonObject body) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(body.toBuffer());
    }

    static void error(RoutingContext context, int status, String code, @Nullable String message) {
        json(context, status, new JsonObject().put("error", error(code, String.valueOf(message))));
    }

    /** An error with all its problems; the first one stands in {@code path} and {@code message} too. */
    static void problems(RoutingContext context, int status, String code, JsonArray problems) {
        JsonObject first = problems.getJsonObject(0);
        JsonObject error = error(code, first.getString("message"))
                .put("path", first.getString("path"))
                .put("problems", problems);
        json(context, status, new JsonObject().put("error", error));
    }

    private static JsonObject error(@Nullable String code, @Nullable String message) {
        return new JsonObject().put("code", code).put("message", message);
    }

    /** For paths that exist, after all their methods. */
    static Handler<RoutingContext> onlyAllows(String methods) {
        return context -> {
            context.response().putHeader(HttpHeaders.ALLOW, methods);
            error(context, 405, "method_not_allowed", "the path does not take this method");
        };
    }

    /** Makes failures of the router itself answer in the same form. */
    static void install(Router router) {
        CODES.forEach((status, code) ->
                router.errorHandler(status, context -> error(context, status, code, MESSAGES.get(status))));
        // What the reader of bodies fails with when a body breaks off.
        router.errorHandler(200, context -> error(context, 400, "bad_request", "the body cannot be read to its end"));
        router.errorHandler(500, context -> {
            if (context.failure() instanceof UnacceptableRequestException unacceptable) {
                UnreadableRequests.answer(context.request(), unacceptable);
                return;
            }
            log.error("an admin request failed", context.failure());
            error(context, 500, "internal", "the request failed; the log of the server says why");
        });
    }
}
