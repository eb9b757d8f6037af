package io.variate.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * Answers what is not HTTP, or too long, as far as it can be read, and hangs up: what follows cannot be told apart.
 *
 * <p>Hanging up waits a moment in which the rest of the request is read and dropped. Closed with bytes unread, TCP
 * resets the connection, and the client never sees why.
 */
final class UnreadableRequests implements Handler<HttpServerRequest> {
    private static final long LINGER_MILLIS = 500;

    private final Vertx vertx;
    private final Cors cors;

    /** Waits on the timers of this Vert.x. */
    UnreadableRequests(Vertx vertx, Cors cors) {
        this.vertx = vertx;
        this.cors = cors;
    }

    @Override
    public void handle(HttpServerRequest request) {
        ApiError error = toError(request.decoderResult().cause());
        Buffer body = error.toJson().toBuffer();
        HttpServerResponse response = request.response();
        cors.permit(request);
        Failures.putHead(response, error);
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        response.write(body);
        // Vert.x closes the connection of an unreadable request once its answer ends.
        vertx.setTimer(LINGER_MILLIS, timer -> {
            if (!response.closed()) {
                response.end();
            }
        });
    }

    private static ApiError toError(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new ApiError(414, "url_too_long", "the request line is too long", "url");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new ApiError(431, "headers_too_large", "the headers are too large", "headers");
        }
        return new ApiError(400, "bad_request", "the request is not valid HTTP");
    }
}
