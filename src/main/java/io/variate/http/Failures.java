package io.variate.http;

import io.variate.client.EvaluationException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that can go wrong, and how a client is told: the one place where failures become statuses. */
final class Failures {
    static final ApiError UNKNOWN_KEY =
            new ApiError(401, "unauthorized", "no deployment of this zone has the key", "Authorization");
    static final ApiError OVERLOADED =
            new ApiError(503, "overloaded", "this node has more requests than it can answer in time");

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /** Handles what a handler failed with. */
    static void handle(RoutingContext context) {
        answer(context, toError(context.failure(), context.statusCode()));
    }

    static ApiError toError(Throwable failure, int status) {
        if (failure instanceof InvalidRequestException invalid) {
            return invalid.error();
        }
        if (failure instanceof EvaluationException evaluation) {
            return toError(evaluation);
        }
        if (failure instanceof HttpException http && http.getStatusCode() < 500) {
            return new ApiError(http.getStatusCode(), "bad_request", "the request cannot be read");
        }
        if (failure == null && status >= 400 && status < 500) {
            return new ApiError(status, "bad_request", "the request cannot be read");
        }
        log.error("a request failed", failure);
        return new ApiError(500, "internal", "the request failed; the log of the server says why");
    }

    private static ApiError toError(EvaluationException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.code()) {
            case INVALID_REQUEST -> ApiError.badRequest("invalid_context", message, "context");
            case UNKNOWN_DEPLOYMENT -> UNKNOWN_KEY;
            case NOT_READY -> new ApiError(503, "not_ready", message);
            case NO_EVALUATOR -> new ApiError(503, "no_evaluator", message);
            case TIMEOUT -> new ApiError(503, "timeout", message);
            case UNSUPPORTED_VERSION, INTERNAL -> {
                log.error("an evaluation failed: {} {}", failure.code(), message);
                yield new ApiError(500, "internal", "the evaluation failed; the log of the server says why");
            }
        };
    }

    static void answer(RoutingContext context, ApiError error) {
        send(context.response(), error);
    }

    /** Answers what is not even HTTP, as far as it can be read, and hangs up: what follows cannot be told apart. */
    static void answerUnreadable(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        String message = cause == null ? "" : String.valueOf(cause.getMessage());
        ApiError error;
        if (message.contains("line")) {
            error = new ApiError(414, "url_too_long", "the request line is too long", "url");
        } else if (message.contains("header")) {
            error = new ApiError(431, "headers_too_large", "the headers are too large", "headers");
        } else {
            error = new ApiError(400, "bad_request", "the request is not valid HTTP");
        }
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        send(request.response(), error);
        request.connection().close();
    }

    private static void send(HttpServerResponse response, ApiError error) {
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(error.status()).putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON);
        response.putHeader(HttpHeaders.CACHE_CONTROL, Answers.NO_STORE);
        if (error.isTemporary()) {
            response.putHeader(HttpHeaders.RETRY_AFTER, "1");
        }
        if (error.status() == 401) {
            response.putHeader(Answers.CHALLENGE, "Api-Key");
        }
        response.end(error.toJson().toBuffer());
    }
}
