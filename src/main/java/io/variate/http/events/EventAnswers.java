package io.variate.http.events;

import io.variate.client.EvaluationException;
import io.variate.web.ApiError;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * ResponseHeaders to those who send events, in the shape of Amplitude's ingestion: {@code {"code", "error", "reason", "path"?}}
 * where other paths have {@code {"error": {"code", "message", "path"?}}}.
 *
 * <p>Its SDKs look at {@code code} in the body and not at the status. By 400 they drop what the answer names and send the
 * rest again, unless a text says {@code Invalid API key} or a {@code missing_field} is named, which ends it; by 413 they
 * send less at a time; by 408 all of them try again later. Not all do after 500 and above: the Java SDK drops the events.
 * So every status of the server's own fault says 408 there.
 */
final class EventAnswers {
    private static final int TRY_AGAIN = 408;
    private static final String MISSING = "missing_field";

    /** By its first words SDKs know that it is useless to go on. */
    static final ApiError UNKNOWN_KEY = ApiError.badRequest(
            "unauthorized",
            "Invalid API key: it is neither project.api-key nor the key of a deployment of this zone",
            "api_key");

    private EventAnswers() {}

    static ApiError missing(String field) {
        return ApiError.badRequest(MISSING, "Request missing required field", field);
    }

    /** ResponseHeaders a failure. */
    static void fail(RoutingContext context) {
        refuse(context, toError(context.failure(), context.statusCode()), new JsonObject());
    }

    private static ApiError toError(Throwable failure, int status) {
        if (failure instanceof EvaluationException bus) {
            return switch (bus.code()) {
                case NO_EVALUATOR -> temporary("no_node", "no node takes these events now");
                case NOT_READY ->
                    temporary("overloaded", "the nodes that take these events have enough of them for now");
                case NOT_RECORDED -> temporary("not_recorded", "the events cannot be recorded now");
                case TIMEOUT -> temporary("timeout", "the events were not confirmed in time");
                default -> Failures.toError(failure, status);
            };
        }
        return Failures.toError(failure, status);
    }

    private static ApiError temporary(String code, String message) {
        return new ApiError(503, code, message);
    }

    /** @param more members of the answer */
    static void refuse(RoutingContext context, ApiError error, JsonObject more) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        JsonObject body = new JsonObject()
                .put("code", error.status() >= 500 ? TRY_AGAIN : error.status())
                .put("error", error.message())
                .put("reason", error.code());
        if (error.path() != null) {
            body.put("path", error.path());
        }
        if (error.code().equals(MISSING)) {
            body.put(MISSING, error.path());
        }
        Failures.putHead(response, error);
        response.end(body.mergeIn(more).toBuffer());
    }

    /** @param size of the body as it came, in bytes */
    static void confirm(RoutingContext context, int events, int size, long time) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .end(new JsonObject()
                        .put("code", 200)
                        .put("events_ingested", events)
                        .put("payload_size_bytes", size)
                        .put("server_upload_time", time)
                        .toBuffer());
    }
}
