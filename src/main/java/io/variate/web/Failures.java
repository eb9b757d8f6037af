package io.variate.web;

import io.variate.client.EvaluationException;
import io.variate.rulesets.RevisionNotReachedException;
import io.variate.web.decoding.UnacceptableRequestException;
import io.vertx.core.VertxException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps failures to errors for clients, and sends them: the one place that decides on statuses. */
public final class Failures {
    /** No deployment has the key. */
    public static final ApiError UNKNOWN_KEY =
            new ApiError(401, "unauthorized", "no deployment in this zone has this key", "Authorization");

    /** No route matches the path. */
    public static final ApiError NOT_FOUND = new ApiError(404, "not_found", "no resource at this path", "url");

    /** The node has started recently and has not loaded a ruleset. */
    public static final ApiError NOT_READY = new ApiError(503, "not_ready", "this node has no ruleset yet");

    /** Too many requests are in flight, or the memory account is full. */
    public static final ApiError OVERLOADED =
            new ApiError(503, "overloaded", "this node has too many requests in flight; retry later");

    /** The path supports other methods. */
    public static final ApiError METHOD_NOT_ALLOWED = new ApiError(
            405, "method_not_allowed", "this path does not support the method; see the Allow header", "method");

    /** A body that ends early, or contradicts its headers. */
    static final ApiError BROKEN_BODY =
            ApiError.badRequest("bad_request", "the body is incomplete or malformed", "body");

    static final ApiError EXPECTATION_FAILED =
            new ApiError(417, "expectation_failed", "Expect must be 100-continue", "Expect");

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /** Answers the failure of a handler. */
    public static void handle(RoutingContext context) {
        answer(context, toError(context.failure(), context.statusCode()));
    }

    /**
     * The error for a failure.
     *
     * @param status the router's status for the failure; below 400 if it has none
     */
    public static ApiError toError(Throwable failure, int status) {
        if (failure instanceof InvalidRequestException invalid) {
            return invalid.error();
        }
        if (failure instanceof UnacceptableRequestException unacceptable) {
            return of(unacceptable);
        }
        if (failure instanceof EvaluationException evaluation) {
            return toError(evaluation);
        }
        if (failure instanceof RevisionNotReachedException behind) {
            return notReached(String.valueOf(behind.getMessage()));
        }
        if (status == 404) {
            return NOT_FOUND;
        }
        if (status == 413) {
            return Bodies.TOO_LARGE;
        }
        if (status == 417) {
            return EXPECTATION_FAILED;
        }
        if (status >= 400 && status < 500) {
            return unroutable(failure, status);
        }
        if (status < 400) {
            return BROKEN_BODY;
        }
        log.error("request failed", failure);
        return new ApiError(500, "internal", "the request failed; see the server log");
    }

    /** The error for a request that was rejected before routing. */
    public static ApiError of(UnacceptableRequestException failure) {
        return new ApiError(failure.status(), failure.code(), failure.reason(), failure.path());
    }

    /** Rejected by the router before any handler: a request without Host, or a malformed path. */
    private static ApiError unroutable(Throwable failure, int status) {
        return failure instanceof VertxException
                ? new ApiError(status, "bad_request", String.valueOf(failure.getMessage()))
                : new ApiError(status, "bad_request", "the path is malformed", "url");
    }

    private static ApiError toError(EvaluationException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.code()) {
            case INVALID_REQUEST -> ApiError.badRequest("invalid_context", message, "context");
            case UNKNOWN_DEPLOYMENT -> UNKNOWN_KEY;
            case NOT_READY -> new ApiError(503, "not_ready", message);
            case NO_EVALUATOR -> new ApiError(503, "no_evaluator", message);
            case NOT_RECORDED -> new ApiError(503, "not_recorded", message);
            case REVISION_NOT_REACHED -> notReached(message);
            case TIMEOUT -> new ApiError(503, "timeout", message);
            case UNSUPPORTED_VERSION, INTERNAL -> {
                log.error("evaluation failed: {} code={}", message, failure.code());
                yield new ApiError(500, "internal", "the evaluation failed; see the server log");
            }
        };
    }

    private static ApiError notReached(String message) {
        return new ApiError(503, "revision_not_reached", message);
    }

    /** Answers a request with an error. */
    public static void answer(RoutingContext context, ApiError error) {
        send(context.response(), error);
    }

    /** Answers a request that was not routed with an error. */
    public static void answer(HttpServerRequest request, ApiError error) {
        send(request.response(), error);
    }

    /** Answers 405 with the methods that the path supports. */
    public static void refuseMethod(RoutingContext context, HttpMethod... allowed) {
        context.response()
                .putHeader(
                        HttpHeaders.ALLOW,
                        Stream.of(allowed).flatMap(Failures::names).collect(Collectors.joining(", ")));
        answer(context, METHOD_NOT_ALLOWED);
    }

    /** Every route for GET also serves HEAD. */
    private static Stream<String> names(HttpMethod method) {
        return method.equals(HttpMethod.GET) ? Stream.of("GET", "HEAD") : Stream.of(method.name());
    }

    private static void send(HttpServerResponse response, ApiError error) {
        if (response.ended() || response.closed()) {
            return;
        }
        putHead(response, error);
        response.end(error.toJson().toBuffer());
    }

    /** Sets status and headers of an error: no caching, a retry delay, an authentication challenge. */
    public static void putHead(HttpServerResponse response, ApiError error) {
        response.setStatusCode(error.status()).putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
        response.putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        if (error.isTemporary()) {
            response.putHeader(HttpHeaders.RETRY_AFTER, "1");
        }
        if (error.status() == 401 && !response.headers().contains(ResponseHeaders.CHALLENGE)) {
            response.putHeader(ResponseHeaders.CHALLENGE, "Api-Key");
        }
    }
}
