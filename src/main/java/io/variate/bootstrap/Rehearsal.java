package io.variate.bootstrap;

import io.variate.config.SettingsLoader;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts, queries and stops a node without dependencies, in a temporary directory and on free ports of the loopback
 * interface. A JVM with {@code -XX:ArchiveClassesAtExit} then archives the loaded classes, so that later JVMs start faster.
 */
final class Rehearsal {
    private static final String DEPLOYMENT = "rehearsal";
    private static final String DOCUMENT = """
            {"deployments": [{"key": "rehearsal", "label": "rehearsal", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "flag", "variants": {"off": {"key": "off"}, "on": {"key": "on", "value": "on"}},
               "segments": [{
                 "conditions": [[{"selector": ["context", "user", "country"], "op": "is", "values": ["US"]}]],
                 "bucket": {"selector": ["context", "user", "user_id"], "salt": "s", "allocations": [
                   {"range": [0, 100], "distributions": [{"variant": "on", "range": [0, 42949673]}]}]}}, {
                 "variant": "off"}]}]}
            """;

    private static final String UNREACHABLE = "127.0.0.1:1";
    private static final long TIMEOUT_SECONDS = 60;

    private final Path directory;

    private Rehearsal(Path directory) {
        this.directory = directory;
    }

    /** Blocks until the rehearsal is over; fails if the node does not respond as expected. */
    static void run() throws Exception {
        Path directory = Files.createTempDirectory("variate-rehearsal-");
        try {
            Rehearsal rehearsal = new Rehearsal(directory);
            Path document = Files.writeString(directory.resolve("ruleset.json"), DOCUMENT);
            rehearsal.runNode(Map.of("VARIATE_RULESETS_FILE", document.toString()));
            // The second node starts from the snapshot of the first, as during a database outage.
            rehearsal.runNode(Map.of("VARIATE_POSTGRES_URI", "postgresql://variate@" + UNREACHABLE + "/variate"));
        } finally {
            delete(directory);
        }
    }

    private void runNode(Map<String, String> source) throws Exception {
        Node node = await(Node.start(SettingsLoader.load(null, environment(source))));
        try {
            for (String request : List.of("GET /v1/vardata?user_id=u", "GET /sdk/v2/flags", "GET /sdk/v2/vardata")) {
                send(node.httpPort(), request, "Authorization: Api-Key " + DEPLOYMENT, "");
            }
            String evaluate = "POST /ofrep/v1/evaluate/flags";
            send(
                    node.httpPort(),
                    evaluate,
                    "Authorization: Bearer " + DEPLOYMENT,
                    "{\"context\":{\"country\":\"US\"}}");
            for (String request : List.of("GET /health/ready", "GET /metrics")) {
                send(node.adminPort(), request, "Accept: */*", "");
            }
        } finally {
            await(node.stop());
        }
    }

    private Map<String, String> environment(Map<String, String> source) throws IOException {
        Map<String, String> environment = new HashMap<>(source);
        environment.put("VARIATE_HTTP_HOST", "127.0.0.1");
        environment.put("VARIATE_HTTP_PORT", "0");
        environment.put("VARIATE_HTTP_DRAIN_TIMEOUT", "1s");
        environment.put("VARIATE_ADMIN_PORT", "0");
        environment.put("VARIATE_NODE_DATA_DIR", directory.resolve("data").toString());
        environment.put("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "100ms");
        environment.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", UNREACHABLE);
        environment.put("VARIATE_CLUSTER_ENABLED", "true");
        environment.put("VARIATE_CLUSTER_PORT", Integer.toString(freePort()));
        environment.put("VARIATE_CLUSTER_MEMBERS", UNREACHABLE);
        return environment;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Uses a plain socket, because an HTTP client would load classes that a node does not need. */
    private static void send(int port, String request, String header, String body) throws IOException {
        String head = request + " HTTP/1.0\r\nHost: 127.0.0.1\r\n" + header + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!response.startsWith("HTTP/1.0 200")) {
                throw new IllegalStateException(request + " failed: " + response);
            }
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
