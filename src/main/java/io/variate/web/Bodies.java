package io.variate.web;

import io.variate.web.connections.Reservation;
import io.variate.web.decoding.StrictUtf8;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;

/** Reads bodies of requests as bytes, whatever their content type. A body over the limit gets a 413. */
public final class Bodies {
    static final ApiError TOO_LARGE =
            new ApiError(413, "body_too_large", "the body exceeds the size limit of this path", "body");
    static final ApiError WRONG_ENCODING =
            new ApiError(415, "unsupported_encoding", "Content-Encoding must be gzip or identity", "Content-Encoding");

    private static final String KEY = Bodies.class.getName();

    private Bodies() {}

    /** Reads the body before the next handler and decompresses it if it is gzip. */
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

    /** The body that {@link #upTo} has read; empty if the request has none. */
    public static Buffer of(RoutingContext context) {
        return context.get(KEY);
    }

    /**
     * The body as text.
     *
     * @throws io.variate.web.decoding.UnacceptableRequestException if it is not valid UTF-8
     */
    public static String textOf(RoutingContext context) {
        byte[] bytes = of(context).getBytes();
        return StrictUtf8.decode(bytes, bytes.length, "body");
    }
}
