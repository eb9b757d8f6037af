package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.variate.web.decoding.ErrorBody;
import java.nio.charset.StandardCharsets;

/** HTTP/1.1 error responses, encoded once, that end a connection on which no handler of Vert.x may answer. */
final class FixedResponse {
    static final ByteBuf TIMEOUT =
            encode("408 Request Timeout", "request_timeout", "the request did not arrive in time; send it faster");
    static final ByteBuf NO_MEMORY = encode(
            "503 Service Unavailable",
            "overloaded",
            "this node has no memory left for the head of this request; retry later");

    private FixedResponse() {}

    private static ByteBuf encode(String status, String code, String message) {
        String body = ErrorBody.of(code, message, null).encode();
        return Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(
                "HTTP/1.1 " + status
                        + "\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
                        + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body,
                StandardCharsets.US_ASCII));
    }
}
