package io.variate.web.decoding;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The JSON of an error on both ports: {@code {"error": {"code", "message", "path"?}}}. */
public final class ErrorBody {
    private ErrorBody() {}

    /**
     * The JSON of one error.
     *
     * @param code stable name of the error
     * @param message what is wrong and what is allowed
     * @param path the invalid part of the request; null for the request as a whole
     */
    public static JsonObject of(String code, String message, @Nullable String path) {
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        if (path != null) {
            error.put("path", path);
        }
        return new JsonObject().put("error", error);
    }
}
