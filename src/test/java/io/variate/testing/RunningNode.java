package io.variate.testing;

import io.variate.bootstrap.Node;
import io.variate.config.SettingsLoader;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A node in this process, with free ports, a temporary directory, and an HTTP client. */
public final class RunningNode implements AutoCloseable {
    /** The admin token of all test nodes. */
    public static final String TOKEN = "admin-token-of-the-test";

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Shared by all running nodes. */
    private static final Set<Integer> PUBLIC_PORTS = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Node node;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    private RunningNode(Path directory, Node node) {
        this.directory = directory;
        this.node = node;
        PUBLIC_PORTS.add(node.httpPort());
    }

    /** Whether a port is the public port of a running node. */
    static boolean isPublic(int port) {
        return PUBLIC_PORTS.contains(port);
    }

    /** Starts a node with settings, named like environment variables. */
    public static RunningNode start(Map<String, String> variables) {
        Path directory = newDirectory();
        return start(directory, variables);
    }

    /** Starts a node that serves a ruleset document from a file. */
    public static RunningNode serving(String document, Map<String, String> variables) {
        Path directory = newDirectory();
        write(directory, document);
        Map<String, String> all = new HashMap<>(variables);
        all.put("VARIATE_RULESETS_FILE", file(directory).toString());
        all.put("VARIATE_RULESETS_CHECK_INTERVAL", "50ms");
        return start(directory, all);
    }

    private static RunningNode start(Path directory, Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(Map.of(
                "VARIATE_HTTP_HOST", "127.0.0.1",
                "VARIATE_HTTP_PORT", "0",
                "VARIATE_ADMIN_PORT", "0",
                "VARIATE_ADMIN_TOKEN", TOKEN,
                "VARIATE_NODE_ID", "test-node",
                "VARIATE_EVALUATION_TIMEOUT", "20s",
                // There is no Kafka to deliver events to.
                "VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "1ms",
                "VARIATE_NODE_DATA_DIR", directory.resolve("data").toString()));
        all.putAll(variables);
        try {
            return new RunningNode(
                    directory, Node.start(SettingsLoader.load(null, all)).await(60, TimeUnit.SECONDS));
        } catch (Exception e) {
            throw new IllegalStateException("node failed to start", e);
        }
    }

    /** The node. */
    public Node node() {
        return node;
    }

    public int httpPort() {
        return node.httpPort();
    }

    public int adminPort() {
        return node.adminPort();
    }

    /** Replaces the ruleset file; the node reloads it asynchronously. */
    public void rewrite(String document) {
        write(directory, document);
    }

    /**
     * Sends a GET request to the public port.
     *
     * @param pathAndQuery percent-encoded
     * @param headers alternating names and values
     */
    public HttpResponse<String> get(String pathAndQuery, String... headers) {
        return send("GET", httpPort(), pathAndQuery, "", headers);
    }

    /** Sends a POST request to the public port. */
    public HttpResponse<String> post(String pathAndQuery, String body, String... headers) {
        return send("POST", httpPort(), pathAndQuery, body, headers);
    }

    /** Like {@link #get}, asynchronous. */
    public CompletableFuture<HttpResponse<String>> getAsync(String pathAndQuery, String... headers) {
        return client.sendAsync(
                        request("GET", httpPort(), pathAndQuery, "", headers),
                        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(answer -> checked("GET", httpPort(), pathAndQuery, answer));
    }

    /** Sends a request to the admin port, with the token. */
    public HttpResponse<String> admin(String method, String path, String body, String... headers) {
        String[] all = Stream.concat(Stream.of("Authorization", "Bearer " + TOKEN), Stream.of(headers))
                .toArray(String[]::new);
        return send(method, adminPort(), path, body, all);
    }

    /** The event ledger of this node. */
    public JsonObject ledger() {
        return new JsonObject(admin("GET", "/api/1/ledger", "").body()).getJsonObject("node");
    }

    /** Replaces the ruleset, and returns the response. */
    public HttpResponse<String> put(String document, String... headers) {
        return admin("PUT", "/api/1/ruleset", document, headers);
    }

    /** Like {@link #get}, for binary responses. */
    public HttpResponse<byte[]> getBytes(String pathAndQuery, String... headers) {
        try {
            return client.send(
                    request("GET", httpPort(), pathAndQuery, "", headers), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Sends a request to a port of this node. Responses must conform to the OpenAPI document of the port. */
    public HttpResponse<String> send(String method, int port, String pathAndQuery, String body, String... headers) {
        try {
            HttpResponse<String> answer = client.send(
                    request(method, port, pathAndQuery, body, headers),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return checked(method, port, pathAndQuery, answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> checked(String method, int port, String target, HttpResponse<String> answer) {
        if (isPublic(port)) {
            Contract.checkPublic(
                    method, target, answer.statusCode(), answer.headers().map(), answer.body());
        } else if (port == adminPort() && Contract.ADMIN.lists(target)) {
            Contract.ADMIN.check(
                    method, target, answer.statusCode(), answer.headers().map(), answer.body());
        }
        return answer;
    }

    /** The value of a metric, summed over all labels. */
    public double metric(String name) {
        return sum(Pattern.quote(name) + "(?:\\{[^}]*})?");
    }

    /** The value of a metric with one label, in the form {@code name="value"}. */
    public double metric(String name, String label) {
        return sum(Pattern.quote(name + "{" + label + "}"));
    }

    private double sum(String samples) {
        double sum = 0;
        Matcher sample = Pattern.compile("(?m)^" + samples + " ([0-9.eE+-]+)$")
                .matcher(admin("GET", "/metrics", "").body());
        while (sample.find()) {
            sum += Double.parseDouble(sample.group(1));
        }
        return sum;
    }

    /** Stops the node and deletes its directory. */
    @Override
    public void close() {
        PUBLIC_PORTS.remove(httpPort());
        try {
            node.stop().await(30, TimeUnit.SECONDS);
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException("node failed to stop", e);
        }
    }

    /** Percent-encodes a parameter value. */
    public static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** The error in a response, which must have the common error format. */
    public static JsonObject error(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getJsonObject("error");
    }

    private static HttpRequest request(String method, int port, String pathAndQuery, String body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery))
                .timeout(TIMEOUT)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (headers.length > 0) {
            builder.headers(headers);
        }
        return builder.build();
    }

    private static Path newDirectory() {
        try {
            return Files.createTempDirectory("variate-node-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Path directory) {
        return directory.resolve("ruleset.json");
    }

    private static void write(Path directory, String document) {
        try {
            Files.writeString(file(directory), document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
