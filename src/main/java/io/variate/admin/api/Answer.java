package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.web.ResponseHeaders;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * A response of the management API.
 *
 * @param entityTag null for none
 * @param body JSON, or {@link #OK}
 */
record Answer(int status, @Nullable String entityTag, String body) {
    /** The body of writes that return no object. */
    static final String OK = "OK";

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");

    /** A success with a JSON tree. Call it on a worker thread if the tree is large. */
    static Answer json(@Nullable Object tree) {
        return json(tree, null);
    }

    /** As {@link #json(Object)}, with an entity tag. */
    static Answer json(@Nullable Object tree, @Nullable String entityTag) {
        return new Answer(200, entityTag, LoneSurrogates.escape(Json.write(tree)));
    }

    /** Sends the response. */
    void send(HttpServerResponse response) {
        if (response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, body.equals(OK) ? TEXT : ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        if (entityTag != null) {
            response.putHeader(HttpHeaders.ETAG, entityTag);
        }
        response.end(body);
    }
}
