package io.variate.admin;

import io.variate.web.connections.Reservation;
import io.variate.web.decoding.StrictUtf8;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/**
 * Receives bodies that are documents, within the memory account of operators.
 *
 * @param maxBytes largest body
 * @param expansion bytes of memory for each byte of a body, once it is parsed
 */
public record DocumentBodies(long maxBytes, int expansion) {
    private static final int MOST_DIGITS = 18;

    /** A resource or a batch is far smaller. */
    private static final long MAX_RESOURCE_BYTES = 4 << 20;

    /** An array of arrays of one digit needs about so much. */
    private static final int PARSED = 24;

    /** Bodies with resources, which any token may send and which become trees. */
    public static DocumentBodies ofResources(long maxBytes) {
        return new DocumentBodies(Math.min(maxBytes, MAX_RESOURCE_BYTES), PARSED);
    }

    /** Bodies with whole documents, which become trees. */
    static DocumentBodies ofTrees(long maxBytes) {
        return new DocumentBodies(maxBytes, PARSED);
    }

    /** Bodies with whole documents of administrators. */
    static DocumentBodies ofDocuments(long maxBytes) {
        return new DocumentBodies(maxBytes, 1);
    }

    /** A route whose handlers find the body in the context. The router requires another route for earlier handlers. */
    public Route receive(Router router, HttpMethod method, String path) {
        router.route(method, path).handler(DocumentBodies::treatAsJson).handler(this::reserve);
        return router.route(method, path).handler(BodyHandler.create(false).setBodyLimit(maxBytes));
    }

    /**
     * The body as text.
     *
     * @throws io.variate.web.decoding.UnacceptableRequestException if it is not valid UTF-8
     */
    static String text(RoutingContext context) {
        Buffer body = context.body().buffer();
        byte[] bytes = body == null ? new byte[0] : body.getBytes();
        return StrictUtf8.decode(bytes, bytes.length, "body");
    }

    /** Overrides the content type: curl sends bodies as forms by default, and the body handler would parse a form. */
    private static void treatAsJson(RoutingContext context) {
        context.request().headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
        context.next();
    }

    /** Reserves the memory of a document before it arrives. */
    private void reserve(RoutingContext context) {
        String announced = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        long bytes = announced == null || announced.length() > MOST_DIGITS
                ? maxBytes
                : Math.min(maxBytes, Long.parseLong(announced));
        Reservation reservation = Reservation.ofBody(context.request());
        if (reservation.take(bytes * expansion)) {
            context.addEndHandler(over -> reservation.release());
            context.next();
        } else {
            Replies.error(context, 503, "overloaded", "too many documents are being uploaded; retry later");
        }
    }
}
