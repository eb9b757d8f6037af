package io.variate.admin.api;

import io.variate.management.Write;
import io.vertx.core.http.HttpMethod;

/**
 * A request that writes one resource, and the form of its answer.
 *
 * @param translation runs on a worker thread
 */
record WriteOperation(HttpMethod method, PathTemplate path, Form form, Translation translation) {

    /** What a write returns. */
    enum Form {
        /** The id of the new resource. */
        CREATED,
        /** The resource after the write. */
        RESOURCE,
        /** The text {@code OK}. */
        CONFIRMATION,
        /** The resource and all changes. */
        CHANGES
    }

    /** Translates a request. */
    interface Translation {
        /**
         * Creates the write.
         *
         * @throws io.variate.management.RejectedWriteException if the request is invalid
         */
        Write translate(WriteRequest request);
    }
}
