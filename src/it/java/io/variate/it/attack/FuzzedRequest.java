package io.variate.it.attack;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A request of the fuzzer.
 *
 * @param route the route that it is derived from, such as {@code GET /v1/vardata}
 * @param headers HTTP/1.1 header lines without the body length
 * @param framed headers and body as sent over HTTP/1.1
 */
record FuzzedRequest(
        String route,
        Shape shape,
        boolean admin,
        String method,
        String target,
        List<String> headers,
        Buffer body,
        Buffer framed) {

    /** The expected behaviour of the server. */
    enum Shape {
        /** Valid HTTP: the server responds, and the next request can follow. */
        WELL_FORMED,
        /** Invalid HTTP with a complete head and body: the server responds, then may close the connection. */
        ODD,
        /** No recognizable end: the server may respond, and closes the connection after the client does. */
        BROKEN
    }

    /** The bytes as text that can be decoded again: everything but printable ASCII is escaped. */
    static String printed(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte octet : bytes) {
            int c = octet & 0xFF;
            switch (c) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\\' -> text.append("\\\\");
                default -> {
                    if (c < ' ' || c > '~') {
                        text.append(String.format("\\x%02x", c));
                    } else {
                        text.append((char) c);
                    }
                }
            }
        }
        return text.toString();
    }

    /** The header list size over HTTP/2 (RFC 9113, section 6.5.2). */
    int headerListSize() {
        String[] pseudo = {":method", method, ":path", target, ":scheme", "http", ":authority", "it"};
        return Stream.concat(Stream.of(pseudo), fields().stream())
                .mapToInt(text -> text.length() + 16)
                .sum();
    }

    /** Writes HTTP/2 frames. */
    void writeTo(Frames frames, int stream) {
        frames.request(stream, body.length() == 0, method, target, fields().toArray(String[]::new));
        for (int sent = 0; sent < body.length(); sent += 16_000) {
            int end = Math.min(body.length(), sent + 16_000);
            byte[] part = body.getBytes(sent, end);
            frames.frame(Frames.DATA, end == body.length() ? Frames.END_STREAM : 0, stream, part);
        }
    }

    /** Header names and values in turn, without the host. */
    private List<String> fields() {
        List<String> fields = new ArrayList<>();
        for (String header : headers) {
            int colon = header.indexOf(':', 1);
            if (colon > 0 && !header.regionMatches(true, 0, "Host:", 0, 5)) {
                fields.add(header.substring(0, colon).toLowerCase(Locale.ROOT));
                fields.add(header.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    static byte[] concatenated(List<FuzzedRequest> requests) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        requests.forEach(request -> all.writeBytes(request.framed().getBytes()));
        return all.toByteArray();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
