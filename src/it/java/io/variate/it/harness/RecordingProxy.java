package io.variate.it.harness;

import io.variate.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Stands between a client and a node, passes on every byte as it is, and keeps what it saw. */
public final class RecordingProxy implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Pattern REQUEST =
            Pattern.compile("([A-Z]+) (\\S+) HTTP/1\\.1\r\n(.*?\r\n)?\r\n", Pattern.DOTALL);
    private static final Pattern RESPONSE =
            Pattern.compile("HTTP/1\\.1 (\\d{3}) ?[^\r]*\r\n(.*?\r\n)?\r\n", Pattern.DOTALL);

    private final ServerSocket listening;
    private final int target;
    private final List<Connection> connections = new ArrayList<>();
    private volatile List<String> awaitedTogether = List.of();

    /** One request and its answer; headers as they were sent, with names in lower case. */
    public record Exchange(String method, String path, String requestHeaders, int status, String responseHeaders) {

        /** Whether a header of the request has a value, written as {@code name: value}. */
        public boolean asksWith(String header) {
            return has(requestHeaders, header);
        }

        /** Whether a header of the answer has a value, written as {@code name: value}. */
        public boolean answersWith(String header) {
            return has(responseHeaders, header);
        }

        private static boolean has(String headers, String header) {
            return headers.toLowerCase(Locale.ROOT).contains(header.toLowerCase(Locale.ROOT));
        }
    }

    private RecordingProxy(ServerSocket listening, int target) {
        this.listening = listening;
        this.target = target;
    }

    /** A proxy before a port of this machine. */
    public static RecordingProxy before(int target) {
        try {
            RecordingProxy proxy =
                    new RecordingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
            daemon(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    /**
     * Keeps the answers of some requests back until all of them are asked, so that a client which asks for one only when
     * it has another gets none in time.
     *
     * @param requests how the requests begin, such as {@code GET /v1/flags}
     */
    public void answerTogether(String... requests) {
        awaitedTogether = List.of(requests);
    }

    /** All exchanges whose answer has begun, connection by connection. */
    public List<Exchange> exchanges() {
        return snapshot().stream().flatMap(each -> each.exchanges().stream()).toList();
    }

    /** The exchanges of a path, without its query. */
    public List<Exchange> exchanges(String path) {
        return exchanges().stream()
                .filter(each -> each.path().split("\\?", 2)[0].equals(path))
                .toList();
    }

    /** Every byte that the node sent, as characters of ISO 8859-1. */
    public String received() {
        return snapshot().stream()
                .map(each -> each.received.toString(StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining());
    }

    @Override
    public void close() {
        closeQuietly(listening);
        snapshot().forEach(Connection::close);
    }

    private synchronized List<Connection> snapshot() {
        return List.copyOf(connections);
    }

    private synchronized void add(Connection connection) {
        connections.add(connection);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Connection connection =
                        new Connection(client, new Socket(InetAddress.getLoopbackAddress(), target), this::mayAnswer);
                add(connection);
                daemon(connection::passRequests);
                daemon(connection::passResponses);
            }
        } catch (IOException e) {
            closeQuietly(listening);
        }
    }

    private boolean mayAnswer(Connection connection) {
        List<Connection> all = snapshot();
        return awaitedTogether.stream().noneMatch(connection::asks)
                || awaitedTogether.stream().allMatch(each -> all.stream().anyMatch(other -> other.asks(each)));
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "recording proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }

    private static final class Connection {
        private final Socket client;
        private final Socket server;
        private final Predicate<Connection> mayAnswer;
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        Connection(Socket client, Socket server, Predicate<Connection> mayAnswer) {
            this.client = client;
            this.server = server;
            this.mayAnswer = mayAnswer;
        }

        void passRequests() {
            pass(client, server, sent, () -> {});
        }

        void passResponses() {
            pass(
                    server,
                    client,
                    received,
                    () -> Await.until("the other requests", PATIENCE, () -> mayAnswer.test(this)));
        }

        boolean asks(String request) {
            return sent.toString(StandardCharsets.ISO_8859_1).contains(request);
        }

        private void pass(Socket from, Socket to, ByteArrayOutputStream copy, Runnable turn) {
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                byte[] buffer = new byte[65536];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    copy.write(buffer, 0, count);
                    turn.run();
                    out.write(buffer, 0, count);
                }
            } catch (IOException e) {
                // One side is gone, and so is the connection.
            } finally {
                close();
            }
        }

        List<Exchange> exchanges() {
            Matcher requests = REQUEST.matcher(sent.toString(StandardCharsets.ISO_8859_1));
            Matcher responses = RESPONSE.matcher(received.toString(StandardCharsets.ISO_8859_1));
            List<Exchange> exchanges = new ArrayList<>();
            while (requests.find() && responses.find()) {
                exchanges.add(new Exchange(
                        requests.group(1),
                        requests.group(2),
                        String.valueOf(requests.group(3)),
                        Integer.parseInt(responses.group(1)),
                        String.valueOf(responses.group(2))));
            }
            return exchanges;
        }

        void close() {
            closeQuietly(client);
            closeQuietly(server);
        }
    }
}
