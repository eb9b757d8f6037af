package io.variate.page;

import io.variate.web.Compression;
import io.variate.web.ResponseHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** Sends answers in JSON, which no cache may keep. */
final class JsonAnswers {
    private final Compression compression;

    /** @param compressFrom size of the smallest answer to compress */
    JsonAnswers(int compressFrom) {
        this.compression = new Compression(compressFrom);
    }

    /** Sends an answer that a revision of the ruleset has determined. */
    void send(RoutingContext context, long revision, Buffer answer) {
        context.response()
                .putHeader(ResponseHeaders.REVISION, Long.toString(revision))
                .putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        compression.end(context, answer);
    }
}
