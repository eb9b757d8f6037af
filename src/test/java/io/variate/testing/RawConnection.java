package io.variate.testing;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A TCP connection to a local port, for requests that no HTTP client sends. */
public final class RawConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
    }

    /**
     * The response of a server.
     *
     * @param status status code
     * @param headers header lines as sent
     * @param body body of the length in the headers
     */
    public record Answer(int status, List<String> headers, String body) {
        /** The values of all headers with a name, case-insensitive. */
        public List<String> header(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return headers.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }

        /** The error in the body, which must have the common error format. */
        public JsonObject error() {
            return new JsonObject(body).getJsonObject("error");
        }
    }

    public static RawConnection to(int port) throws IOException {
        return to(port, Duration.ofMillis(TIMEOUT_MILLIS));
    }

    /** Like {@link #to(int)}, with a read timeout. */
    public static RawConnection to(int port, Duration patience) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
        return new RawConnection(socket);
    }

    /** Like {@link #to}, with a bounded receive buffer. */
    public static RawConnection withReceiveBuffer(int port, int bytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(bytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return new RawConnection(socket);
    }

    /**
     * Sends a request on a new connection and reads the response, which must conform to the OpenAPI document on a public port.
     * The server may answer, and stop reading, before it has the whole request.
     */
    public static Answer exchange(int port, String request) throws IOException {
        try (RawConnection connection = to(port)) {
            connection.sendUntilClosed(request);
            Answer answer = connection.read();
            if (RunningNode.isPublic(port) && answer.header("transfer-encoding").isEmpty()) {
                check(request, answer);
            }
            return answer;
        }
    }

    private static void check(String request, Answer answer) {
        String[] line = request.split("\r\n", 2)[0].split(" ", -1);
        boolean readable = line.length == 3 && line[2].startsWith("HTTP/1.");
        Map<String, List<String>> headers = new HashMap<>();
        for (String header : answer.headers()) {
            String name = header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT);
            headers.put(name, answer.header(name));
        }
        Contract.checkPublic(
                readable ? line[0] : "?", readable ? line[1] : "?", answer.status(), headers, answer.body());
    }

    /** Sends text, one byte per character. */
    public void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private void sendUntilClosed(String text) {
        try {
            send(text);
        } catch (IOException e) {
            // The response, or its absence, shows whether the server had a reason.
        }
    }

    /** Shuts down the output of the connection. */
    public void finishSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads the response to any request except HEAD. */
    public Answer read() throws IOException {
        return read(true);
    }

    /** Reads the response to HEAD, which has no body regardless of its headers. */
    public Answer readHead() throws IOException {
        return read(false);
    }

    private Answer read(boolean withBody) throws IOException {
        String statusLine = line();
        List<String> headers = new ArrayList<>();
        for (String header = line(); !header.isEmpty(); header = line()) {
            headers.add(header);
        }
        int status = Integer.parseInt(statusLine.split(" ", -1)[1]);
        Answer head = new Answer(status, headers, "");
        List<String> length = head.header("content-length");
        if (!withBody || length.isEmpty()) {
            return head;
        }
        byte[] body = socket.getInputStream().readNBytes(Integer.parseInt(length.get(0)));
        return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
    }

    /** Reads the next chunk of a chunked response; empty at its end. */
    public String readChunk() throws IOException {
        byte[] chunk = socket.getInputStream().readNBytes(Integer.parseInt(line(), 16));
        line();
        return new String(chunk, StandardCharsets.UTF_8);
    }

    /** Reads and ignores data until the server closes the connection; returns whether it did. */
    public boolean isCutOff() {
        try {
            while (socket.getInputStream().read(new byte[8192]) >= 0) {
                // Data that was already in flight.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            // A reset also means that the connection is closed.
            return true;
        }
    }

    /** Whether the server neither sends anything nor closes the connection for a time. */
    public boolean readsNothingFor(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    /** Waits until the server closes the connection; false if it sends something first. */
    public boolean isHungUp() throws IOException {
        return socket.getInputStream().read() < 0;
    }

    private String line() throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("connection closed after: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
