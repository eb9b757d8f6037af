package io.variate.http;

import io.vertx.core.Future;
import io.vertx.ext.web.Router;

/** A part of the public API. Each instance belongs to one {@link HttpVerticle} and is used on its event loop only. */
public interface Endpoints {

    /** Adds the routes of this part, once, when the verticle starts. */
    void addTo(Router router);

    /**
     * The server is about to stop, and will answer no new connections: ends answers that would never end by themselves.
     *
     * @return completes when they have ended; those that are left are cut off
     */
    default Future<?> leave() {
        return Future.succeededFuture();
    }
}
