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
 * @param route what it was made from, such as {@code GET /v1/vardata}
 * @param headers lines of HTTP/1.1, without that of the length of the body
 * @param framed headers and body as they are sent with HTTP/1.1
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

    /** What may be expected of a server. */
    enum Shape {
        /** Whatever it asks, it is HTTP: an answer comes, and the next request can follow. */
        WELL_FORMED,
        /** No HTTP, but a whole head and a body of the length said: an answer comes, after which the server may hang up. */
        ODD,
        /** Nobody can tell where it ends: there may be an answer, and the end of the connection follows that of the client. */
        BROKEN
    }

    /** The bytes as a text from which they can be had again: all but printable ASCII as escapes. */
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

    /** The size of the head over HTTP/2, as RFC 9113, 6.5.2 counts it. */
    int headerListSize() {
        String[] pseudo = {":method", method, ":path", target, ":scheme", "http", ":authority", "it"};
        return Stream.concat(Stream.of(pseudo), fields().stream())
                .mapToInt(text -> text.length() + 16)
                .sum();
    }

    /** As frames of HTTP/2. */
    void writeTo(Frames frames, int stream) {
        frames.request(stream, body.length() == 0, method, target, fields().toArray(String[]::new));
        for (int sent = 0; sent < body.length(); sent += 16_000) {
            int end = Math.min(body.length(), sent + 16_000);
            byte[] part = body.getBytes(sent, end);
            frames.frame(Frames.DATA, end == body.length() ? Frames.END_STREAM : 0, stream, part);
        }
    }

    /** Names and values in turn, without the host. */
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
