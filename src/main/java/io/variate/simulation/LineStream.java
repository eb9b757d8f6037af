package io.variate.simulation;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A response of newline-delimited JSON whose lines are computed while it is sent. Computes the next lines on a worker thread
 * once the reader has room for them, so a slow reader pauses the computation. If it fails, the last line is an {@code error}. A
 * reader that makes no room for 30 seconds is disconnected.
 *
 * <p>Used on the event loop of the response.
 */
public final class LineStream {
    private static final Logger log = LoggerFactory.getLogger(LineStream.class);
    private static final CharSequence LINES = HttpHeaders.createOptimized("application/x-ndjson");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final HttpServerResponse response;
    private final String name;
    private final LineSource source;

    private LineStream(Vertx vertx, HttpServerResponse response, String name, LineSource source) {
        this.vertx = vertx;
        this.response = response;
        this.name = name;
        this.source = source;
    }

    /**
     * Sends all lines.
     *
     * @param response without head
     * @param name what the lines describe, for the log and the error
     * @return completes when the response has ended or its connection is closed; never fails
     */
    public static Future<Void> send(Vertx vertx, HttpServerResponse response, String name, LineSource source) {
        if (response.closed()) {
            // Closed before: the end would never be reported.
            return Future.succeededFuture();
        }
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, LINES)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader("X-Accel-Buffering", "no");
        Promise<Void> over = Promise.promise();
        response.endHandler(ended -> over.tryComplete());
        new LineStream(vertx, response, name, source).advance();
        return over.future();
    }

    /** A line with a type, which comes first. */
    public static Map<String, @Nullable Object> line(String type, Map<String, ?> fields) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("type", type);
        tree.putAll(fields);
        return tree;
    }

    private void advance() {
        if (response.closed() || response.ended()) {
            return;
        }
        if (response.writeQueueFull()) {
            awaitReader();
            return;
        }
        response.drainHandler(null);
        vertx.executeBlocking(() -> encode(source.next()), false)
                .onSuccess(this::write)
                .onFailure(this::fail);
    }

    /** Resets the response of a reader that takes nothing, which would hold one of few places for streams. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void awaitReader() {
        long timer = vertx.setTimer(PATIENCE.toMillis(), over -> response.reset());
        response.drainHandler(drained -> {
            if (vertx.cancelTimer(timer)) {
                advance();
            }
        });
    }

    private void write(Buffer lines) {
        if (lines.length() == 0) {
            end(lines);
        } else {
            send(lines);
            advance();
        }
    }

    private void fail(Throwable failure) {
        log.error("{} failed", name, failure);
        end(encode(List.of(line(
                "error", Map.of("code", "internal", "message", "the " + name + " failed; see the server's log")))));
    }

    private static Buffer encode(List<Map<String, @Nullable Object>> lines) {
        Buffer text = Buffer.buffer();
        lines.forEach(line ->
                text.appendString(LoneSurrogates.escape(Json.write(line))).appendString("\n"));
        return text;
    }

    /** A failed write closes the connection, which the next step notices. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void send(Buffer lines) {
        if (!response.closed() && !response.ended()) {
            response.write(lines);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void end(Buffer lines) {
        if (!response.closed() && !response.ended()) {
            response.end(lines);
        }
    }
}
