package io.variate.web;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;

/** A part of the public API. Each instance belongs to one HTTP verticle and is used on its event loop only. */
public interface Endpoints {

    /** Adds the routes of this part, once, when the verticle starts. */
    void addTo(Router router);

    /**
     * Answers an error that was found before routing, in the error format of this part.
     *
     * @return false if the path does not belong to this part, or it has no format of its own; then nothing was sent
     */
    default boolean refuse(HttpServerRequest request, ApiError error) {
        return false;
    }

    /**
     * Ends responses without an end, such as streams, because the server shuts down and accepts no new connections.
     *
     * @return completes when they have ended; the server aborts the remaining ones
     */
    default Future<?> drain() {
        return Future.succeededFuture();
    }
}
