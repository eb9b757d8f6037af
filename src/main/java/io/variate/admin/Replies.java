package io.variate.admin;

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
    private static final Map<Integer, String> CODES =
            Map.of(400, "bad_request", 404, "not_found", 405, "method_not_allowed", 413, "document_too_large");

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

    private static JsonObject error(String code, String message) {
        return new JsonObject().put("code", code).put("message", message);
    }

    /** Makes failures of the router itself answer in the same form. */
    static void install(Router router) {
        CODES.forEach((status, code) ->
                router.errorHandler(status, context -> error(context, status, code, code.replace('_', ' '))));
        router.errorHandler(500, context -> {
            log.error("an admin request failed", context.failure());
            error(context, 500, "internal", "the request failed; the log of the server says why");
        });
    }
}
