package io.variate.it.attack;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection of the fuzzer that parses responses strictly. Reads time out after five seconds. */
final class FuzzConnection implements AutoCloseable {
    static final int PATIENCE_MILLIS = 5000;
    private static final int AT_ONCE_MILLIS = 30;
    private static final int MOST_KEPT = 30;
    private static final int MOST_SHOWN = 2;
    private static final int LONGEST_LINE = 1 << 17;

    private final Socket socket;
    private final InputStream in;
    private final Deque<FuzzedRequest> sent = new ArrayDeque<>();

    private FuzzConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
    }

    static FuzzConnection to(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        return new FuzzConnection(socket);
    }

    /** @param headers by lower-case name, in their order */
    record Answer(int status, Map<String, List<String>> headers, String body) {
        boolean isLast() {
            return "close".equalsIgnoreCase(first("connection"));
        }

        boolean isStream() {
            return first("content-type").startsWith("text/event-stream");
        }

        String first(String name) {
            List<String> values = headers.get(name);
            return values == null ? "" : values.get(0);
        }
    }

    /** Sends requests together, and remembers the last ones. */
    void send(List<FuzzedRequest> requests) throws IOException {
        requests.forEach(request -> {
            sent.addLast(request);
            if (sent.size() > MOST_KEPT) {
                sent.removeFirst();
            }
        });
        send(FuzzedRequest.concatenated(requests));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** The last requests sent before the given one. */
    byte[] sentBefore(FuzzedRequest request) {
        List<FuzzedRequest> before = new ArrayList<>();
        for (FuzzedRequest one : sent) {
            if (one.equals(request)) {
                break;
            }
            before.add(one);
        }
        return FuzzedRequest.concatenated(before.subList(Math.max(0, before.size() - MOST_SHOWN), before.size()));
    }

    void finishSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Whether bytes arrive immediately. */
    boolean isAnswered() throws IOException {
        socket.setSoTimeout(AT_ONCE_MILLIS);
        in.mark(1);
        try {
            boolean answered = in.read() >= 0;
            in.reset();
            return answered;
        } catch (SocketTimeoutException e) {
            return false;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    InputStream in() {
        return in;
    }

    /** The next response, or null if the server has closed the connection. The body of a stream is not read. */
    @Nullable
    Answer read(boolean toHead) throws IOException {
        Answer head = head();
        while (head != null && head.status() < 200 && head.status() != 101) {
            head = head();
        }
        if (head == null) {
            return null;
        }
        boolean bodiless = toHead || head.status() == 204 || head.status() == 304 || head.status() == 101;
        if (bodiless || head.isStream()) {
            return head;
        }
        byte[] body;
        if (head.headers().containsKey("content-length")) {
            int length = Integer.parseInt(head.first("content-length"));
            body = in.readNBytes(length);
            if (body.length < length) {
                throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
            }
        } else if (head.first("transfer-encoding").equalsIgnoreCase("chunked")) {
            body = chunks();
        } else {
            body = in.readAllBytes();
        }
        return new Answer(head.status(), head.headers(), new String(body, StandardCharsets.UTF_8));
    }

    private @Nullable Answer head() throws IOException {
        String statusLine = line();
        if (statusLine == null) {
            return null;
        }
        if (!statusLine.startsWith("HTTP/1.")) {
            throw new MalformedAnswerException(statusLine);
        }
        Map<String, List<String>> headers = new HashMap<>();
        for (String header = line(); header == null || !header.isEmpty(); header = line()) {
            int colon = header == null ? -1 : header.indexOf(':');
            if (header == null || colon < 1) {
                throw new MalformedAnswerException(String.valueOf(header));
            }
            headers.computeIfAbsent(header.substring(0, colon).toLowerCase(Locale.ROOT), fresh -> new ArrayList<>())
                    .add(header.substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(statusLine.substring(9, 12)), headers, "");
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = line();
            if (line == null) {
                throw new EOFException("the body ended before its last chunk");
            }
            int size = Integer.parseInt(line, 16);
            byte[] chunk = in.readNBytes(size);
            String end = line();
            if (chunk.length < size || end == null || !end.isEmpty()) {
                throw new EOFException("a chunk ended early");
            }
            if (size == 0) {
                return body.toByteArray();
            }
            body.writeBytes(chunk);
        }
    }

    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("a line ended early: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            if (line.size() > LONGEST_LINE) {
                throw new MalformedAnswerException("a line of more than " + LONGEST_LINE + " bytes");
            }
            line.write(octet);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** A response that is not valid HTTP. */
    static final class MalformedAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        MalformedAnswerException(String what) {
            super(what);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed anyway.
        }
    }
}
