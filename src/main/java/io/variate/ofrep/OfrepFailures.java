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
 * Failures in the form of the protocol: {@code {"key"?, "errorCode", "errorDetails"}}.
 *
 * <p>An overloaded node answers 429 here and not 503. Providers know 429 and pause until {@code Retry-After} is over; 503
 * they treat as an outage.
 */
final class OfrepFailures {
    static final String INVALID_JSON = "invalid_json";
    static final String INVALID_CONTEXT = "invalid_context";

    /** Seconds after which a client may retry. */
    private static final CharSequence RETRY_AFTER_SECONDS = HttpHeaders.createOptimized("1");

    private OfrepFailures() {}

    /** Answers the failure of a handler. */
    static void handle(RoutingContext context) {
        answer(context, Failures.toError(context.failure(), context.statusCode()));
    }

    static void answer(RoutingContext context, ApiError error) {
        send(context, status(error), errorCode(error), details(error));
    }

    /**
     * Answers an error that was found before routing.
     *
     * @param key of the flag, as in the path; null if the path has none
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

    /** The raw key if it cannot be decoded, since the protocol requires a key. */
    private static String decoded(String key) {
        try {
            return RequestPath.decode(key, "key");
        } catch (UnacceptableRequestException e) {
            return key;
        }
    }

    /** Answers that the deployment has no flag with the key in the path. */
    static void answerNoFlag(RoutingContext context) {
        send(context, 404, "FLAG_NOT_FOUND", "the deployment has no flag with this key");
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
            response.putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
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

    /** Rejects a method that a path does not allow, naming the one that it allows. */
    static void refuseMethod(RoutingContext context, HttpMethod allowed) {
        context.response().putHeader(HttpHeaders.ALLOW, allowed.name());
        answer(context, Failures.METHOD_NOT_ALLOWED);
    }

    /** The key in the path: null for all flags or if it cannot be decoded, empty if a path for one flag has none. */
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
