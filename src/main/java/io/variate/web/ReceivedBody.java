package io.variate.web;

import io.variate.web.connections.Reservation;
import io.variate.web.decoding.StrictUtf8;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request. It has a size limit of its own, and the account limits all bodies together. Bytes are charged as
 * they arrive, so a client that announces a large body and sends nothing blocks no other.
 *
 * <p>Filled on an event loop, read there or on a worker thread.
 */
public final class ReceivedBody {
    private static final String KEY = ReceivedBody.class.getName();

    /** Bytes that are not charged to the account. */
    private static final int FREE_BYTES = 8 * 1024;

    /** Bytes are charged to the account in steps of this size. */
    private static final int STEP = 16 * 1024;

    /** Memory per byte of a body: the byte, its text, and the objects parsed from it. */
    private static final int FACTOR = 3;

    /** Source: RFC 1952, section 2.3.1. */
    private static final int GZIP_MAGIC = 0x1f8b;

    private final int limit;
    private final Reservation reservation;
    private final boolean compressed;
    private final Buffer bytes = Buffer.buffer();
    private long needed;
    private long taken;
    private @Nullable ApiError error;

    private ReceivedBody(int limit, boolean compressed, Reservation reservation) {
        this.limit = limit;
        this.compressed = compressed;
        this.reservation = reservation;
    }

    /**
     * Reads the body of a request.
     *
     * @param limit in bytes, for the body as sent and after decompression; a larger one gets a 413
     * @param reservation released when the request ends
     * @param arriving called after each piece; may reject the request with an {@link InvalidRequestException}
     * @param complete called once the body is complete
     */
    public static void receive(
            RoutingContext context,
            int limit,
            Reservation reservation,
            Consumer<ReceivedBody> arriving,
            Consumer<ReceivedBody> complete) {
        HttpServerRequest request = context.request();
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        boolean compressed = "gzip".equalsIgnoreCase(encoding) || "x-gzip".equalsIgnoreCase(encoding);
        ReceivedBody body = new ReceivedBody(limit, compressed, reservation);
        context.put(KEY, body);
        context.addEndHandler(over -> reservation.release());
        if (encoding != null && !compressed && !"identity".equalsIgnoreCase(encoding)) {
            body.error = Bodies.WRONG_ENCODING;
        } else if (body.isAnnouncedTooLarge(request.getHeader(HttpHeaders.CONTENT_LENGTH))) {
            body.error = Bodies.TOO_LARGE;
        } else {
            body.error = expectation(context);
        }
        if (body.error == null) {
            body.receive(context, arriving, complete);
        } else {
            context.fail(new InvalidRequestException(body.error));
        }
    }

    /** The body that {@link #receive} reads for a request. */
    public static ReceivedBody of(RoutingContext context) {
        return context.get(KEY);
    }

    private static @Nullable ApiError expectation(RoutingContext context) {
        String expectation = context.request().getHeader(HttpHeaders.EXPECT);
        if ("100-continue".equalsIgnoreCase(expectation)) {
            context.response().writeContinue();
            return null;
        }
        return expectation == null ? null : Failures.EXPECTATION_FAILED;
    }

    private void receive(RoutingContext context, Consumer<ReceivedBody> arriving, Consumer<ReceivedBody> complete) {
        HttpServerRequest request = context.request();
        request.handler(chunk -> {
            if (error == null) {
                add(chunk, arriving);
                if (error != null) {
                    context.fail(new InvalidRequestException(error));
                }
            }
        });
        request.exceptionHandler(broken -> {
            if (error == null) {
                error = Failures.BROKEN_BODY;
                context.fail(new InvalidRequestException(error));
            }
        });
        request.endHandler(end -> {
            if (error == null) {
                try {
                    complete.accept(this);
                } catch (InvalidRequestException e) {
                    context.fail(e);
                }
            }
        });
    }

    private boolean isAnnouncedTooLarge(@Nullable String length) {
        // Netty has checked that the length consists of digits.
        return length != null && (length.length() > 18 || Long.parseLong(length) > limit);
    }

    private void add(Buffer chunk, Consumer<ReceivedBody> arriving) {
        if (bytes.length() + chunk.length() > limit) {
            error = Bodies.TOO_LARGE;
        } else if (!take(chunk.length())) {
            error = Failures.OVERLOADED;
        } else {
            bytes.appendBuffer(chunk);
            try {
                arriving.accept(this);
            } catch (InvalidRequestException e) {
                error = e.error();
            }
        }
    }

    private boolean take(long more) {
        needed += more;
        long missing = needed - FREE_BYTES - taken;
        if (missing <= 0) {
            return true;
        }
        long step = (missing + STEP - 1) / STEP * STEP;
        if (!reservation.take(step)) {
            return false;
        }
        taken += step;
        return true;
    }

    /** The memory that this body has charged. */
    public Reservation reservation() {
        return reservation;
    }

    /** Whether the body is gzip. Some clients send {@code Content-Encoding: gzip} with plain bodies. */
    boolean isCompressed() {
        return compressed && bytes.length() >= 2 && bytes.getUnsignedShort(0) == GZIP_MAGIC;
    }

    /** Bytes received so far. */
    public int size() {
        return bytes.length();
    }

    /** The received bytes, not decompressed. */
    Buffer bytes() {
        return bytes;
    }

    /**
     * The first bytes of the content received so far, decompressed.
     *
     * @param most bytes
     */
    public byte[] start(int most) {
        byte[] came = bytes.getBytes(0, Math.min(bytes.length(), most));
        if (!compressed) {
            return came;
        }
        byte[] unpacked = new byte[most];
        int count = 0;
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(came))) {
            for (int read = 0; read >= 0 && count < most; count += Math.max(0, read)) {
                read = in.read(unpacked, count, most - count);
            }
        } catch (EOFException e) {
            // The rest has not arrived yet.
        } catch (IOException e) {
            throw notGzip();
        }
        return Arrays.copyOf(unpacked, count);
    }

    /**
     * Charges the memory that parsing the bytes needs.
     *
     * @throws InvalidRequestException if the account is full
     */
    void prepare() {
        if (!take((FACTOR - 1L) * bytes.length())) {
            throw new InvalidRequestException(Failures.OVERLOADED);
        }
    }

    /**
     * Decompresses the content in pieces and charges each to the account before it is allocated. Call it on a worker thread
     * if the body may be compressed.
     *
     * @throws InvalidRequestException if the content is too large or not valid gzip, or the account is full
     */
    public byte[] content() {
        if (!compressed) {
            prepare();
            return bytes.getBytes();
        }
        Buffer content = Buffer.buffer();
        byte[] piece = new byte[STEP];
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes.getBytes()))) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                if (content.length() + read > limit) {
                    throw new InvalidRequestException(Bodies.TOO_LARGE);
                }
                if (!take((long) FACTOR * read)) {
                    throw new InvalidRequestException(Failures.OVERLOADED);
                }
                content.appendBytes(piece, 0, read);
            }
        } catch (IOException e) {
            throw notGzip();
        }
        return content.getBytes();
    }

    /**
     * The content as text. Call it where {@link #content} may be called.
     *
     * @throws InvalidRequestException as for {@link #content}
     * @throws io.variate.web.decoding.UnacceptableRequestException if the content is not valid UTF-8
     */
    public String text() {
        byte[] content = content();
        return StrictUtf8.decode(content, content.length, "body");
    }

    private static InvalidRequestException notGzip() {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_encoding", "the body is not valid gzip", "body"));
    }
}
