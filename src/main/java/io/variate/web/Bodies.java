package io.variate.web;

import io.variate.web.connections.Reservation;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;

/** The bodies of requests: bytes, whatever the sender calls them, up to a bound beyond which they are answered 413. */
public final class Bodies {
    static final ApiError TOO_LARGE =
            new ApiError(413, "body_too_large", "the body is larger than this path takes", "body");
    static final ApiError WRONG_ENCODING =
            new ApiError(415, "unsupported_encoding", "the body may be compressed by gzip only", "Content-Encoding");

    private static final String KEY = Bodies.class.getName();

    private Bodies() {}

    /** Reads the body, and unpacks it if it is compressed by gzip, before the handlers that follow. */
    public static Handler<RoutingContext> upTo(int bytes) {
        return context -> ReceivedBody.receive(
                context, bytes, Reservation.ofBody(context.request()), arriving -> {}, body -> unpack(context, body));
    }

    private static void unpack(RoutingContext context, ReceivedBody body) {
        if (!body.isCompressed()) {
            body.prepare();
            context.put(KEY, body.bytes());
            context.next();
            return;
        }
        context.vertx()
                .executeBlocking(body::content, false)
                .onSuccess(content -> {
                    context.put(KEY, Buffer.buffer(content));
                    context.next();
                })
                .onFailure(context::fail);
    }

    /** The body that {@link #upTo} has read; empty if there is none. */
    public static Buffer of(RoutingContext context) {
        return context.get(KEY);
    }

    /**
     * The body as text.
     *
     * @throws InvalidRequestException if it is not valid UTF-8
     */
    public static String textOf(RoutingContext context) {
        byte[] bytes = of(context).getBytes();
        return Utf8.decode(bytes, bytes.length, "body");
    }
}
