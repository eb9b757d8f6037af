package io.variate.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Ends an answer whose reader takes nothing, with whatever is still to be sent.
 *
 * <p>The one class that knows the insides of Vert.x, whose own close first sends what waits, and so would wait for that
 * very reader.
 */
final class Hangup {
    /** Of RFC 9113. */
    private static final long CANCEL = 0x8;

    private Hangup() {}

    /** Resets the stream of HTTP/2, or cuts the connection; on its event loop. */
    @SuppressWarnings("FutureReturnValueIgnored")
    static void on(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(CANCEL);
        } else {
            ((ConnectionBase) request.connection()).channelHandlerContext().close();
        }
    }
}
