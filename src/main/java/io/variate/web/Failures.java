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

/** Everything that can go wrong, and how a client is told: the one place where failures become statuses. */
public final class Failures {
    /** Nobody has the key. */
    public static final ApiError UNKNOWN_KEY =
            new ApiError(401, "unauthorized", "no deployment of this zone has the key", "Authorization");

    public static final ApiError NOTHING_HERE = new ApiError(404, "not_found", "there is nothing at this path", "url");
    /** The node has just started, and not found a ruleset yet. */
    public static final ApiError NOT_READY = new ApiError(503, "not_ready", "this node has no ruleset yet");

    /** Too much is under way. */
    public static final ApiError OVERLOADED =
            new ApiError(503, "overloaded", "this node has more requests than it can answer in time");

    /** The path takes other methods. */
    public static final ApiError METHOD_NOT_ALLOWED =
            new ApiError(405, "method_not_allowed", "the path does not take this method", "method");

    /** What the reader of bodies fails without a status of an error: it breaks off, or is not what its headers say. */
    static final ApiError BROKEN_BODY =
            ApiError.badRequest("bad_request", "the body cannot be read to its end", "body");

    static final ApiError IMPOSSIBLE =
            new ApiError(417, "expectation_failed", "nothing but 100-continue can be expected", "Expect");

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /** Handles what a handler failed with. */
    public static void handle(RoutingContext context) {
        answer(context, toError(context.failure(), context.statusCode()));
    }

    /**
     * What a client is told about a failure.
     *
     * @param status what the router made of it, if that is an error of the client
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
            return NOTHING_HERE;
        }
        if (status == 413) {
            return Bodies.TOO_LARGE;
        }
        if (status == 417) {
            return IMPOSSIBLE;
        }
        if (status >= 400 && status < 500) {
            return unroutable(failure, status);
        }
        if (status < 400) {
            return BROKEN_BODY;
        }
        log.error("a request failed", failure);
        return new ApiError(500, "internal", "the request failed; the log of the server says why");
    }

    /** An error that was found before any route. */
    public static ApiError of(UnacceptableRequestException failure) {
        return new ApiError(failure.status(), failure.code(), failure.reason(), failure.path());
    }

    /** What the router refuses before any handler of ours: a request without Host, a path that cannot be decoded. */
    private static ApiError unroutable(Throwable failure, int status) {
        return failure instanceof VertxException
                ? new ApiError(status, "bad_request", String.valueOf(failure.getMessage()))
                : new ApiError(status, "bad_request", "the path cannot be decoded", "url");
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
                log.error("an evaluation failed: {} {}", failure.code(), message);
                yield new ApiError(500, "internal", "the evaluation failed; the log of the server says why");
            }
        };
    }

    private static ApiError notReached(String message) {
        return new ApiError(503, "revision_not_reached", message);
    }

    /** ResponseHeaders with an error. */
    public static void answer(RoutingContext context, ApiError error) {
        send(context.response(), error);
    }

    /** ResponseHeaders a request that no route has seen. */
    public static void answer(HttpServerRequest request, ApiError error) {
        send(request.response(), error);
    }

    /** ResponseHeaders a method that a path does not take, naming those that it does. */
    public static void refuseMethod(RoutingContext context, HttpMethod... allowed) {
        context.response()
                .putHeader(
                        HttpHeaders.ALLOW,
                        Stream.of(allowed).flatMap(Failures::names).collect(Collectors.joining(", ")));
        answer(context, METHOD_NOT_ALLOWED);
    }

    /** Whatever answers GET answers HEAD. */
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

    /** Puts status and headers, which tell caches, clients and authenticators what to make of the error. */
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
