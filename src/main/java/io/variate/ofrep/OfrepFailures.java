package io.variate.ofrep;

import io.variate.web.ApiError;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.RequestPath;
import io.variate.web.decoding.UnacceptableRequestException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Failures as the protocol tells them: {@code {"key"?, "errorCode", "errorDetails"}}.
 *
 * <p>A node that has too much to do says 429 here and not 503, for that is what providers know: they keep away until
 * {@code Retry-After} is over. They never let an outage (503) pass for it.
 */
final class OfrepFailures {
    static final String INVALID_JSON = "invalid_json";
    static final String INVALID_CONTEXT = "invalid_context";

    /** Seconds after which a client may come again. */
    private static final CharSequence SOON = HttpHeaders.createOptimized("1");

    private OfrepFailures() {}

    /** Handles what a handler failed with. */
    static void handle(RoutingContext context) {
        answer(context, Failures.toError(context.failure(), context.statusCode()));
    }

    static void answer(RoutingContext context, ApiError error) {
        send(context, status(error), errorCode(error), details(error));
    }

    /**
     * ResponseHeaders an error that was found before any route.
     *
     * @param key of the flag as it stands in the path; null if all flags or none are asked for
     */
    static void answer(HttpServerResponse response, ApiError error, @Nullable String key) {
        JsonObject body = new JsonObject();
        if (key != null) {
            body.put("key", decoded(key));
        }
        response.setStatusCode(error.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end(body.put("errorCode", errorCode(error))
                        .put("errorDetails", details(error))
                        .toBuffer());
    }

    /** As it stands if it cannot be decoded, for the protocol requires a key. */
    private static String decoded(String key) {
        try {
            return RequestPath.decode(key, "key");
        } catch (UnacceptableRequestException e) {
            return key;
        }
    }

    /** Tells that there is no flag of the key in the path. */
    static void answerNoFlag(RoutingContext context) {
        send(context, 404, "FLAG_NOT_FOUND", "the deployment has no flag of this key");
    }

    private static void send(RoutingContext context, int status, String errorCode, String details) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        if (status == 429 || status == 503) {
            response.putHeader(HttpHeaders.RETRY_AFTER, SOON);
        } else if (status == 401) {
            response.putHeader(ResponseHeaders.CHALLENGE, "Bearer");
        }
        JsonObject body = new JsonObject();
        String key = flagKey(context);
        if (key != null) {
            body.put("key", key);
        }
        response.end(
                body.put("errorCode", errorCode).put("errorDetails", details).toBuffer());
    }

    /** ResponseHeaders a method that a path does not take, naming the one that it does. */
    static void refuseMethod(RoutingContext context, HttpMethod allowed) {
        context.response().putHeader(HttpHeaders.ALLOW, allowed.name());
        answer(context, Failures.METHOD_NOT_ALLOWED);
    }

    /** Null where all flags are asked for, or the key cannot be decoded; empty where a path for one flag names none. */
    static @Nullable String flagKey(RoutingContext context) {
        if (context.pathParam("key") == null) {
            return context.normalizedPath().endsWith("flags/") ? "" : null;
        }
        try {
            return RequestPath.last(context, "key");
        } catch (UnacceptableRequestException e) {
            return null;
        }
    }

    private static int status(ApiError error) {
        return error.code().equals(Failures.OVERLOADED.code()) ? 429 : error.status();
    }

    private static String errorCode(ApiError error) {
        return switch (error.code()) {
            case INVALID_CONTEXT -> "INVALID_CONTEXT";
            case INVALID_JSON, "invalid_encoding" -> "PARSE_ERROR";
            default -> "GENERAL";
        };
    }

    private static String details(ApiError error) {
        return error.path() == null ? error.message() : error.path() + ": " + error.message();
    }
}
