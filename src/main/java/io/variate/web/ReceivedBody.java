package io.variate.web;

import io.variate.web.connections.Reservation;
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
 * The body of one request: bounded by itself, and together with those of all others by the account of the node, byte by
 * byte as it comes. So a client that announces much and sends nothing keeps nobody out.
 *
 * <p>Filled on an event loop, read there or on a worker thread.
 */
public final class ReceivedBody {
    private static final String KEY = ReceivedBody.class.getName();

    /** What every request may have without asking the account. */
    private static final int FREE_BYTES = 8 * 1024;

    /** Bytes that are taken from the account at a time. */
    private static final int STEP = 16 * 1024;

    /** What the bytes of a body grow to: themselves, the text that is made of them, and what is read from that. */
    private static final int FACTOR = 3;

    /** Of RFC 1952. */
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
     * @param limit in bytes, of what is sent and of what that unpacks to; more is answered 413
     * @param reservation released when the request is over
     * @param arriving told after each piece that there is more; what it throws is the answer
     * @param complete called once all of it has come
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

    public static ReceivedBody of(RoutingContext context) {
        return context.get(KEY);
    }

    private static @Nullable ApiError expectation(RoutingContext context) {
        String expectation = context.request().getHeader(HttpHeaders.EXPECT);
        if ("100-continue".equalsIgnoreCase(expectation)) {
            context.response().writeContinue();
            return null;
        }
        return expectation == null ? null : Failures.IMPOSSIBLE;
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
        // Netty lets no other length through than one of digits.
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

    public Reservation reservation() {
        return reservation;
    }

    /** Whether the body is what gzip makes, and not only called so, as some clients do of everything that they send. */
    boolean isCompressed() {
        return compressed && bytes.length() >= 2 && bytes.getUnsignedShort(0) == GZIP_MAGIC;
    }

    /** How many bytes came. */
    public int size() {
        return bytes.length();
    }

    /** The bytes that came, as they came. */
    Buffer bytes() {
        return bytes;
    }

    /**
     * The first bytes of the content, as far as they have come.
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
            // The rest is still to come.
        } catch (IOException e) {
            throw notGzip();
        }
        return Arrays.copyOf(unpacked, count);
    }

    /**
     * Takes what the bytes grow to when they are read.
     *
     * @throws InvalidRequestException if the account has no room for that
     */
    void prepare() {
        if (!take((FACTOR - 1L) * bytes.length())) {
            throw new InvalidRequestException(Failures.OVERLOADED);
        }
    }

    /**
     * The content, unpacked piece by piece, each of which is taken from the account before there is memory for it. Takes
     * time.
     *
     * @throws InvalidRequestException if it is too long, or not what its headers say, or the account has no room for it
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

    private static InvalidRequestException notGzip() {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_encoding", "the body is not what gzip makes", "body"));
    }
}
