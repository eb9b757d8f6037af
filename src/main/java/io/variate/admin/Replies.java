package io.variate.admin;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
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
            414, "url_too_long",
            431, "headers_too_large");
    private static final Map<Integer, String> MESSAGES = Map.of(
            400, "the request is not valid HTTP",
            404, "there is nothing at this path",
            413, "the body is larger than admin.max-document-size",
            414, "the request line is too long",
            431, "the headers are too large");

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

    /** Answers what is not HTTP, or too long, as far as it can be read; Vert.x hangs up after it. */
    static void unreadable(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        int status = cause instanceof TooLongHttpLineException ? 414 : 400;
        if (cause instanceof TooLongHttpHeaderException) {
            status = 431;
        }
        JsonObject error = new JsonObject().put("error", error(CODES.get(status), MESSAGES.get(status)));
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .end(error.toBuffer());
    }

    /** Makes failures of the router itself answer in the same form. */
    static void install(Router router) {
        CODES.forEach((status, code) ->
                router.errorHandler(status, context -> error(context, status, code, MESSAGES.get(status))));
        router.errorHandler(500, context -> {
            log.error("an admin request failed", context.failure());
            error(context, 500, "internal", "the request failed; the log of the server says why");
        });
    }
}
