package io.variate.web;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;

/** A part of the public API. Each instance belongs to one the HTTP verticle and is used on its event loop only. */
public interface Endpoints {

    /** Adds the routes of this part, once, when the verticle starts. */
    void addTo(Router router);

    /**
     * ResponseHeaders an error that was found before any route, in the form of this part.
     *
     * @return false if the path is none of this part, or the part has no form of its own; then nothing was sent
     */
    default boolean refuse(HttpServerRequest request, ApiError error) {
        return false;
    }

    /**
     * The server is about to stop, and will answer no new connections: ends answers that would never end by themselves.
     *
     * @return completes when they have ended; those that are left are cut off
     */
    default Future<?> leave() {
        return Future.succeededFuture();
    }
}
