package io.variate.web;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told when it gets no answer: {@code {"error": {"code", "message", "path"?}}}.
 *
 * @param status HTTP status
 * @param code stable name of the error
 * @param message what was wrong; holds no secret and nothing that was sent
 * @param path which part of the request was wrong
 */
public record ApiError(
        int status, String code, String message, @Nullable String path) {

    /** An error that is about the request as a whole. */
    public ApiError(int status, String code, String message) {
        this(status, code, message, null);
    }

    /** An error of status 400. */
    public static ApiError badRequest(String code, String message, String path) {
        return new ApiError(400, code, message, path);
    }

    /** Whether the same request may succeed in a moment. */
    public boolean isTemporary() {
        return status == 503 || status == 429;
    }

    /** The body of the answer. */
    public JsonObject toJson() {
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        if (path != null) {
            error.put("path", path);
        }
        return new JsonObject().put("error", error);
    }
}
