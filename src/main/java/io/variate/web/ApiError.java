package io.variate.web;

import io.variate.web.decoding.ErrorBody;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * An error for a client: {@code {"error": {"code", "message", "path"?}}}.
 *
 * @param status HTTP status
 * @param code stable name of the error
 * @param message what is wrong; contains no secret and no data of the request
 * @param path the invalid part of the request; null for the request as a whole
 */
public record ApiError(
        int status, String code, String message, @Nullable String path) {

    /** An error about the request as a whole. */
    public ApiError(int status, String code, String message) {
        this(status, code, message, null);
    }

    /** An error of status 400. */
    public static ApiError badRequest(String code, String message, String path) {
        return new ApiError(400, code, message, path);
    }

    /** Whether a retry of the same request may succeed soon. */
    public boolean isTemporary() {
        return status == 503 || status == 429;
    }

    /** The body of the response. */
    public JsonObject toJson() {
        return ErrorBody.of(code, message, path);
    }
}
