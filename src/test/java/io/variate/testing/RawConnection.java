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

/** A TCP connection to a port of this machine, for requests that no HTTP client would send. */
public final class RawConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;

    private RawConnection(Socket socket) {
        this.socket = socket;
    }

    /**
     * What a server answered.
     *
     * @param status of the status line
     * @param headers as sent, one line each
     * @param body of the length that the headers say
     */
    public record Answer(int status, List<String> headers, String body) {
        /** The values of all headers of a name, in any case. */
        public List<String> header(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return headers.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }

        /** The error of the body, which must be of the form that all errors have. */
        public JsonObject error() {
            return new JsonObject(body).getJsonObject("error");
        }
    }

    public static RawConnection to(int port) throws IOException {
        return to(port, Duration.ofMillis(TIMEOUT_MILLIS));
    }

    /** As {@link #to(int)}, of a client that waits only so long for an answer. */
    public static RawConnection to(int port, Duration patience) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
        return new RawConnection(socket);
    }

    /** As {@link #to}, of a client for which the system keeps no more than so many bytes that it has not read. */
    public static RawConnection withReceiveBuffer(int port, int bytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(bytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return new RawConnection(socket);
    }

    /** Sends one request on a connection of its own and reads one answer; a public port's must be as described. */
    public static Answer exchange(int port, String request) throws IOException {
        try (RawConnection connection = to(port)) {
            connection.send(request);
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

    /** Sends characters as bytes, one for each. */
    public void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Says that nothing more will be sent. */
    public void finishSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads an answer to anything but HEAD. */
    public Answer read() throws IOException {
        return read(true);
    }

    /** Reads an answer to HEAD, which has no body whatever its headers say. */
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

    /** Reads the next chunk of an answer that comes in chunks; empty at its end. */
    public String readChunk() throws IOException {
        byte[] chunk = socket.getInputStream().readNBytes(Integer.parseInt(line(), 16));
        line();
        return new String(chunk, StandardCharsets.UTF_8);
    }

    /** Reads on until the server ends the connection, and tells that it did; what comes before does not matter. */
    public boolean isCutOff() {
        try {
            while (socket.getInputStream().read(new byte[8192]) >= 0) {
                // Was on its way already.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            // Reset: there is no better sign.
            return true;
        }
    }

    /** Whether the server sends nothing, and does not hang up, for so long. */
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

    /** Waits until the server hangs up; false if it sends something first. */
    public boolean isHungUp() throws IOException {
        return socket.getInputStream().read() < 0;
    }

    private String line() throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server hung up after: " + line.toString(StandardCharsets.ISO_8859_1));
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
