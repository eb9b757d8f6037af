package io.variate.web.decoding;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests whose head is malformed or too long, and closes the connection, because the next request cannot be found.
 *
 * <p>Before closing, the server reads and drops the rest of the request for a moment. TCP resets a connection that is closed
 * with unread bytes, and the client would never see the response.
 */
public final class UnreadableRequests implements Handler<HttpServerRequest> {
    private static final long LINGER_MILLIS = 500;

    private final Vertx vertx;
    private final Consumer<HttpServerRequest> prepare;

    /**
     * Uses the timers of a Vert.x.
     *
     * @param prepare adds the headers that every response has
     */
    public UnreadableRequests(Vertx vertx, Consumer<HttpServerRequest> prepare) {
        this.vertx = vertx;
        this.prepare = prepare;
    }

    @Override
    public void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        prepare.accept(request);
        UnacceptableRequestException error = toError(request.decoderResult().cause());
        Buffer body = head(response, error);
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

    /** Answers a request whose framing is intact, so that its connection stays open. */
    public static void answer(HttpServerRequest request, UnacceptableRequestException error) {
        HttpServerResponse response = request.response();
        Buffer body = head(response, error);
        response.end(body);
    }

    private static Buffer head(HttpServerResponse response, UnacceptableRequestException error) {
        response.setStatusCode(error.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        return toJson(error).toBuffer();
    }

    static JsonObject toJson(UnacceptableRequestException error) {
        return ErrorBody.of(error.code(), error.reason(), error.path());
    }

    private static UnacceptableRequestException toError(@Nullable Throwable cause) {
        if (cause instanceof UnacceptableRequestException known) {
            return known;
        }
        if (cause instanceof TooLongHttpLineException) {
            return new UnacceptableRequestException(414, "url_too_long", "the request line is too long", "url");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new UnacceptableRequestException(431, "headers_too_large", "the headers are too large", "headers");
        }
        return new UnacceptableRequestException("the request is not valid HTTP", null);
    }
}
