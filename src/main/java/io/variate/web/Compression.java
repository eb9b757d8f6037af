package io.variate.web;

import io.variate.gzip.Gzip;
import io.variate.web.connections.Reservation;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/**
 * Sends responses and compresses large ones with gzip if the client accepts it. Some SDKs do not accept it and cannot
 * read it.
 *
 * <p>Vert.x' own compression processes every response and every chunk, and adds no {@code Vary} for caches.
 */
public final class Compression {
    private static final CharSequence ACCEPT_ENCODING = HttpHeaders.createOptimized("Accept-Encoding");
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");

    /** Compressing so many bytes takes half a millisecond; larger responses are compressed on a worker thread. */
    private static final int ON_EVENT_LOOP = 65_536;

    /** Bytes of a response that are not charged to the account; a connection has one or two responses at a time. */
    public static final int FREE_BYTES = 16 * 1024;

    private final int from;

    /**
     * Compresses large responses.
     *
     * @param from size of the smallest response to compress, in bytes
     */
    public Compression(int from) {
        this.from = from;
    }

    /** Bytes that a response charges to the account: its body, and the copy in the socket's queue. */
    public static int costOf(int length) {
        return length <= FREE_BYTES ? 0 : 2 * length;
    }

    /** Ends the response, whose headers must be complete except for those of compression. */
    public void end(RoutingContext context, Buffer body) {
        end(context, body, Reservation.NONE);
    }

    /** As above, with memory that was reserved before the size of the body was known. */
    public void end(RoutingContext context, Buffer body, Reservation taken) {
        Reservation reservation = taken.resizedTo(context.request(), costOf(body.length()));
        if (reservation == null) {
            Failures.answer(context, Failures.OVERLOADED);
        } else {
            end(context, body, reservation::release);
        }
    }

    private void end(RoutingContext context, Buffer body, Runnable sent) {
        HttpServerResponse response = context.response();
        if (!compresses(context, body)) {
            response.end(body).onComplete(done -> sent.run());
        } else if (body.length() <= ON_EVENT_LOOP) {
            endCompressed(response, gzip(body)).onComplete(done -> sent.run());
        } else {
            context.vertx()
                    .executeBlocking(() -> gzip(body), false)
                    .onFailure(context::fail)
                    .compose(compressed -> endCompressed(response, compressed))
                    .onComplete(done -> sent.run());
        }
    }

    /**
     * As above, for a constant body that {@link #gzip} has compressed once. Both buffers should be {@linkplain
     * io.variate.web.connections.Wire#shared shared}.
     */
    @SuppressWarnings("FutureReturnValueIgnored")
    public void end(RoutingContext context, Buffer body, Buffer compressed) {
        if (compresses(context, body)) {
            endCompressed(context.response(), compressed);
        } else {
            context.response().end(body);
        }
    }

    private boolean compresses(RoutingContext context, Buffer body) {
        if (body.length() < from) {
            return false;
        }
        MultiMap headers = context.response().headers();
        if (!headers.contains(HttpHeaders.VARY)) {
            headers.set(HttpHeaders.VARY, ACCEPT_ENCODING);
        }
        return isAccepted(context.request().headers());
    }

    private static Future<Void> endCompressed(HttpServerResponse response, Buffer compressed) {
        if (response.closed()) {
            return Future.succeededFuture();
        }
        String tag = response.headers().get(HttpHeaders.ETAG);
        if (tag != null && !tag.startsWith("W/")) {
            // A strong tag promises identical bytes, which compression changes.
            response.putHeader(HttpHeaders.ETAG, "W/" + tag);
        }
        return response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP).end(compressed);
    }

    /** Whether {@code Accept-Encoding} accepts gzip, see {@link AcceptedEncodings}. */
    public static boolean isAccepted(MultiMap headers) {
        return AcceptedEncodings.allowGzip(headers.getAll(ACCEPT_ENCODING));
    }

    /** Compresses a body, for speed rather than size. */
    public static Buffer gzip(Buffer body) {
        return Buffer.buffer(Gzip.fast(body.getBytes()));
    }
}
