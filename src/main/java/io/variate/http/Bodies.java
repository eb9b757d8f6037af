package io.variate.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/** The bodies of requests: bytes, whatever the sender calls them, up to a bound beyond which they are answered 413. */
public final class Bodies {
    private Bodies() {}

    /** Reads the body before the handlers that follow. */
    public static Handler<RoutingContext> upTo(int bytes) {
        BodyHandler reader = BodyHandler.create(false).setBodyLimit(bytes);
        return context -> {
            // curl says by itself that a body is a form, and then it would be read as one.
            context.request().headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
            reader.handle(context);
        };
    }

    /** The body as it came; empty if there is none. */
    public static Buffer of(RoutingContext context) {
        Buffer body = context.body().buffer();
        return body == null ? Buffer.buffer() : body;
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
