package io.variate.admin.api;

import io.variate.gzip.GzipStream;
import io.variate.web.Compression;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A response of newline-delimited JSON in pieces, compressed if the client accepts it. Each piece is rendered when the socket
 * has taken the one before, so a slow client holds one piece. Used on the event loop.
 */
final class LineResponse {
    static final CharSequence NDJSON = HttpHeaders.createOptimized("application/x-ndjson");
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    private static final CharSequence ACCEPT_ENCODING = HttpHeaders.createOptimized("Accept-Encoding");

    private final ApiRequest request;
    private final HttpServerResponse response;
    private @Nullable GzipStream gzip;

    private LineResponse(ApiRequest request) {
        this.request = request;
        this.response = request.context().response();
    }

    /**
     * Sends a response. Its head is sent with the first piece, so a failure before it can still become an error.
     *
     * @param pieces writes all pieces, one after another
     * @return fails if {@code pieces} fails before the first one; a later failure resets the connection, so that the client sees
     *     that the response is incomplete
     */
    static Future<Void> send(ApiRequest request, Function<LineResponse, Future<Void>> pieces) {
        LineResponse lines = new LineResponse(request);
        return pieces.apply(lines)
                .compose(sent -> lines.end())
                .recover(failure -> lines.response.headWritten()
                        ? lines.response.reset().otherwiseEmpty()
                        : Future.failedFuture(failure))
                .onComplete(over -> lines.close());
    }

    /**
     * Writes a piece.
     *
     * @param lines called on a worker thread
     * @return completes when the socket has taken the bytes
     */
    Future<Void> write(Callable<String> lines) {
        start();
        GzipStream stream = gzip;
        return request.onWorker(() -> {
                    byte[] bytes = lines.call().getBytes(StandardCharsets.UTF_8);
                    return Buffer.buffer(stream == null ? bytes : stream.add(bytes));
                })
                .compose(response::write);
    }

    private void start() {
        if (response.headWritten() || response.isChunked()) {
            return;
        }
        response.setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, NDJSON);
        if (!response.headers().contains(HttpHeaders.CACHE_CONTROL)) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        }
        response.putHeader(HttpHeaders.VARY, ACCEPT_ENCODING);
        if (Compression.isAccepted(request.context().request().headers())) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP);
            gzip = new GzipStream();
        }
    }

    private Future<Void> end() {
        start();
        GzipStream stream = gzip;
        return stream == null
                ? response.end()
                : request.onWorker(() -> Buffer.buffer(stream.finish())).compose(response::end);
    }

    private void close() {
        if (gzip != null) {
            gzip.close();
        }
    }
}
