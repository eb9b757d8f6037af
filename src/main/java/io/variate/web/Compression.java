package io.variate.web;

import io.variate.web.connections.Reservation;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Sends answers, the large ones in gzip to those who ask for it; some SDKs do not, and cannot read it.
 *
 * <p>The server's own compression would look at every answer and every chunk, and says nothing to caches.
 */
public final class Compression {
    private static final CharSequence ACCEPT_ENCODING = HttpHeaders.createOptimized("Accept-Encoding");
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");

    /** What takes half a millisecond; more is left to another thread. */
    private static final int ON_EVENT_LOOP = 65_536;

    /** What an answer may take without asking the account; a connection has one or two at a time. */
    public static final int FREE_BYTES = 16 * 1024;

    private final int from;

    /**
     * Compresses large answers.
     *
     * @param from the smallest of them, in bytes
     */
    public Compression(int from) {
        this.from = from;
    }

    /** What the account is asked for an answer: its bytes, and their copies on the way to the socket. */
    public static int costOf(int length) {
        return length <= FREE_BYTES ? 0 : 2 * length;
    }

    /** Ends the answer of a request, whose head must be complete but for what compression adds. */
    public void end(RoutingContext context, Buffer body) {
        end(context, body, Reservation.NONE);
    }

    /** As above, with memory that was taken before the size of the body was known. */
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
     * As above, with a body that {@link #gzip} has made of the same once, since it never changes; both should be
     * {@linkplain io.variate.web.connections.Wire#shared shared}.
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
            // A strong tag promises the same bytes.
            response.putHeader(HttpHeaders.ETAG, "W/" + tag);
        }
        return response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP).end(compressed);
    }

    /** Whether {@code Accept-Encoding} allows gzip: by name, or by {@code *} if it is not named; q=0 forbids. */
    public static boolean isAccepted(MultiMap headers) {
        return AcceptedEncodings.allowGzip(headers.getAll(ACCEPT_ENCODING));
    }

    /** As fast as can be rather than as small. */
    public static Buffer gzip(Buffer body) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(body.length() / 4);
        try (GZIPOutputStream gzip = new FastGzip(compressed)) {
            gzip.write(body.getBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Buffer.buffer(compressed.toByteArray());
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
