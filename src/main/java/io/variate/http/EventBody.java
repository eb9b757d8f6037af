package io.variate.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request: bounded by itself, and together with those of all others, byte by byte as it comes, so that
 * who announces much and sends nothing keeps nobody out.
 *
 * <p>Filled on an event loop, read on a worker thread.
 */
final class EventBody {
    private static final String KEY = EventBody.class.getName();
    private static final ApiError TOO_LARGE =
            new ApiError(413, "body_too_large", "the body is larger than this path takes", "body");
    private static final ApiError WRONG_ENCODING =
            new ApiError(415, "unsupported_encoding", "the body may be compressed by gzip only", "Content-Encoding");

    private final int limit;
    private final ByteBudget budget;
    private final Buffer bytes = Buffer.buffer();
    private final boolean compressed;
    private long taken;
    private boolean over;
    private @Nullable ApiError error;

    private EventBody(int limit, ByteBudget budget, boolean compressed) {
        this.limit = limit;
        this.budget = budget;
        this.compressed = compressed;
    }

    /** Reads the body before the handlers that follow. */
    static Handler<RoutingContext> upTo(int limit, ByteBudget budget) {
        return context -> {
            String encoding = context.request().getHeader(HttpHeaders.CONTENT_ENCODING);
            boolean compressed = "gzip".equalsIgnoreCase(encoding);
            EventBody body = new EventBody(limit, budget, compressed);
            if (encoding != null && !compressed && !"identity".equalsIgnoreCase(encoding)) {
                body.error = WRONG_ENCODING;
            }
            context.addEndHandler(over -> body.giveBack());
            context.put(KEY, body);
            body.receive(context);
        };
    }

    static EventBody of(RoutingContext context) {
        return context.get(KEY);
    }

    private void receive(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (isAnnouncedTooLarge(request.getHeader(HttpHeaders.CONTENT_LENGTH))) {
            error = TOO_LARGE;
        }
        if (error != null) {
            context.fail(new InvalidRequestException(error));
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            context.response().writeContinue();
        }
        request.handler(chunk -> {
            if (error == null) {
                add(chunk);
                if (error != null) {
                    context.fail(new InvalidRequestException(error));
                }
            }
        });
        request.endHandler(end -> {
            if (error == null) {
                context.next();
            }
        });
    }

    private boolean isAnnouncedTooLarge(@Nullable String length) {
        // Netty lets no other length through than one of digits.
        return length != null && (length.length() > 18 || Long.parseLong(length) > limit);
    }

    private void add(Buffer chunk) {
        if (bytes.length() + chunk.length() > limit) {
            error = TOO_LARGE;
        } else if (!take(chunk.length())) {
            error = Failures.OVERLOADED;
        } else {
            bytes.appendBuffer(chunk);
        }
    }

    private synchronized boolean take(int more) {
        if (over || !budget.take(more)) {
            return false;
        }
        taken += more;
        return true;
    }

    /** A worker thread may not know yet that the request is over. */
    private synchronized void giveBack() {
        over = true;
        budget.giveBack(taken);
    }

    /** How many bytes came. */
    int size() {
        return bytes.length();
    }

    /**
     * The body as text, unpacked. Takes time.
     *
     * @throws InvalidRequestException if that is too long, or not valid
     */
    String text() {
        try {
            byte[] content = compressed ? unpacked() : bytes.getBytes();
            return Utf8.decode(content, content.length, "body");
        } catch (IOException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_encoding", "the body is not what gzip makes", "body"));
        }
    }

    private byte[] unpacked() throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes.getBytes()))) {
            byte[] content = in.readNBytes(limit + 1);
            if (content.length > limit) {
                throw new InvalidRequestException(TOO_LARGE);
            }
            if (!take(content.length)) {
                throw new InvalidRequestException(Failures.OVERLOADED);
            }
            return content;
        }
    }
}
