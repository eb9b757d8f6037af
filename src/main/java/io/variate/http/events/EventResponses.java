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
 * Answers to uploads in the form of Amplitude's ingestion: {@code {"code", "error", "reason", "path"?}} where other paths
 * have {@code {"error": {"code", "message", "path"?}}}.
 *
 * <p>Amplitude's SDKs read {@code code} in the body and ignore the status. After 400 they drop the events that the answer
 * names and send the rest again; they drop all if the error contains {@code Invalid API key} or names a
 * {@code missing_field}. After 413 they send smaller batches. After 408 all SDKs retry later. After 500 and above not all
 * do: the Java SDK drops the events. So {@code code} is 408 for every 5xx status.
 */
final class EventResponses {
    private static final int RETRY_LATER = 408;
    private static final String MISSING = "missing_field";

    /** SDKs recognize its first words and stop retrying. */
    static final ApiError UNKNOWN_KEY = ApiError.badRequest(
            "unauthorized",
            "Invalid API key: must be the API key of a project or the key of a deployment of this zone",
            "api_key");

    private EventResponses() {}

    static ApiError missing(String field) {
        return ApiError.badRequest(MISSING, "Request missing required field", field);
    }

    /** Answers the failure of a request. */
    static void fail(RoutingContext context) {
        reject(context, toError(context.failure(), context.statusCode()), new JsonObject());
    }

    private static ApiError toError(Throwable failure, int status) {
        if (failure instanceof EvaluationException bus) {
            return switch (bus.code()) {
                case NO_EVALUATOR -> temporary("no_node", "no node is available to accept these events");
                case NOT_READY -> temporary("overloaded", "the nodes that accept these events are overloaded");
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

    /** @param more additional members of the answer */
    static void reject(RoutingContext context, ApiError error, JsonObject more) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        JsonObject body = new JsonObject()
                .put("code", error.status() >= 500 ? RETRY_LATER : error.status())
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

    /** @param size of the received body, in bytes */
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
