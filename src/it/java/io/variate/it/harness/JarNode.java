package io.variate.it.harness;

import io.variate.dev.ServerProcess;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One node in a JVM of its own, run from the production jar; closing kills it. */
public final class JarNode implements AutoCloseable {
    public static final String TOKEN = "it-admin-token-5f2c";
    public static final Duration START = Duration.ofSeconds(90);

    private static final List<String> SMALL = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final List<String> SMALL_AND_QUICK =
            Stream.concat(SMALL.stream(), sharedClasses()).toList();
    private static final Pattern UP = Pattern.compile("is up: http=(\\d+) admin=(\\d+)");
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final ServerProcess process;
    private final String host;
    private final long started = System.nanoTime();
    private int httpPort;
    private int adminPort;

    /** The CDS archive that the build makes of the jar, unless it is missing or older than the jar. */
    private static Stream<String> sharedClasses() {
        String archive = System.getProperty("variate.jar.classes");
        if (archive == null) {
            return Stream.empty();
        }
        long built = new File(Objects.requireNonNull(System.getProperty("variate.jar"))).lastModified();
        return new File(archive).lastModified() < built
                ? Stream.empty()
                : Stream.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
    }

    private JarNode(NodeSettings settings, String... jvmArguments) {
        this(
                settings,
                Objects.requireNonNull(System.getProperty("variate.jar")),
                Stream.concat(SMALL_AND_QUICK.stream(), Stream.of(jvmArguments)).toList());
    }

    private JarNode(NodeSettings settings, String jar, List<String> jvmArguments) {
        this.process = ServerProcess.start(jvmArguments, jar, List.of(), settings.environment(), settings.directory());
        this.host = "127.0.0.1";
    }

    private JarNode(NodeSettings settings, Lan.Machine machine) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path jar = Path.of(Objects.requireNonNull(System.getProperty("variate.jar")));
        List<String> program = Stream.concat(
                        Stream.concat(Stream.of(java.toString()), SMALL_AND_QUICK.stream()),
                        Stream.of("-jar", jar.toAbsolutePath().toString()))
                .toList();
        this.process = ServerProcess.start(machine.command(program), settings.environment(), settings.directory());
        this.host = machine.outside();
    }

    /** Starts the JVM on a machine of a network of its own and returns at once. */
    public static JarNode launch(NodeSettings settings, Lan.Machine machine) {
        return new JarNode(settings, machine);
    }

    /** Starts the JVM and returns at once. */
    public static JarNode launch(NodeSettings settings) {
        return new JarNode(settings);
    }

    /** Starts a JVM from the jar of another release and returns at once. */
    public static JarNode launch(NodeSettings settings, Path jar) {
        return new JarNode(settings, jar.toString(), SMALL);
    }

    /**
     * Starts the JVM and waits until the node logs that it is up, which precedes the first ruleset.
     *
     * @param jvmArguments they override the defaults of small nodes
     */
    public static JarNode start(NodeSettings settings, String... jvmArguments) {
        JarNode node = new JarNode(settings, jvmArguments);
        try {
            return node.awaitUp();
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    public JarNode awaitUp() {
        String line = process.awaitLine(UP.asPredicate(), START);
        Matcher ports = UP.matcher(line);
        if (!ports.find()) {
            throw new IllegalStateException(line);
        }
        httpPort = Integer.parseInt(ports.group(1));
        adminPort = Integer.parseInt(ports.group(2));
        return this;
    }

    /** Waits until the node is ready, and returns the time since the start of its JVM. */
    public Duration awaitReady() {
        Await.value("node is ready", START, () -> readiness().statusCode(), seen -> seen == 200);
        return Duration.ofNanos(System.nanoTime() - started);
    }

    public ServerProcess process() {
        return process;
    }

    /** The address of the public port. */
    public String url() {
        return "http://" + host + ":" + httpPort;
    }

    public int httpPort() {
        return httpPort;
    }

    public int adminPort() {
        return adminPort;
    }

    public HttpResponse<String> readiness() {
        return send(HttpRequest.newBuilder(admin("/health/ready")));
    }

    /** The status of a dependency in the readiness response, such as {@code up}. */
    public String dependency(String name) {
        return new JsonObject(readiness().body())
                .getJsonObject("dependencies")
                .getJsonObject(name)
                .getString("status");
    }

    /** The source of the served ruleset, or "none". */
    public String origin() {
        JsonObject ruleset = new JsonObject(readiness().body()).getJsonObject("ruleset");
        return ruleset == null ? "none" : ruleset.getString("origin");
    }

    public HttpResponse<String> live() {
        return send(HttpRequest.newBuilder(admin("/health/live")));
    }

    /** All metrics as Prometheus reads them. */
    public String metrics() {
        return send(HttpRequest.newBuilder(admin("/metrics"))).body();
    }

    /** The sum of all samples of a metric that carry a label, or all for an empty one; 0 if there is none. */
    public double metric(String name, String label) {
        return metrics()
                .lines()
                .filter(line -> line.startsWith(name) && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The ledgers of the node and of the cluster. */
    public JsonObject ledger() {
        HttpResponse<String> answer = send(authorized("/api/1/ledger"));
        if (answer.statusCode() != 200) {
            throw new AssertionError("GET answered " + answer.statusCode() + " " + answer.body());
        }
        return new JsonObject(answer.body());
    }

    public HttpResponse<String> put(String document) {
        return send(authorized("/api/1/ruleset").PUT(BodyPublishers.ofString(document)));
    }

    public HttpResponse<String> putIfMatch(String document, long revision) {
        return send(authorized("/api/1/ruleset")
                .header("If-Match", "\"" + revision + "\"")
                .PUT(BodyPublishers.ofString(document)));
    }

    /** Replaces the ruleset, and returns the new revision. */
    public long putRuleset(String document) {
        HttpResponse<String> answer = put(document);
        if (answer.statusCode() != 200) {
            throw new AssertionError("PUT answered " + answer.statusCode() + " " + answer.body());
        }
        return new JsonObject(answer.body()).getLong("revision");
    }

    /** Replaces the members of a cohort. */
    public void putCohort(String id, JsonArray members) {
        HttpResponse<String> answer = send(authorized("/api/1/cohorts/" + id)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(members.encode())));
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError("PUT answered " + answer.statusCode() + " " + answer.body());
        }
    }

    /** Asks for a user's variants. */
    public HttpResponse<String> vardata(String deployment, Map<String, String> query) {
        return send(vardataRequest(deployment, query));
    }

    public CompletableFuture<HttpResponse<String>> vardataAsync(String deployment, Map<String, String> query) {
        return CLIENT.sendAsync(vardataRequest(deployment, query).build(), BodyHandlers.ofString());
    }

    /** The keys of the flags that an SDK with local evaluation gets for a deployment key. */
    public Set<String> deliveredFlags(String deployment) {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(url() + "/sdk/v2/flags"))
                .header("Authorization", "Api-Key " + deployment));
        return new JsonArray(answer.body())
                .stream().map(flag -> ((JsonObject) flag).getString("key")).collect(Collectors.toSet());
    }

    /** Sends a body to the public port. */
    public HttpResponse<String> post(String path, String body) {
        URI uri = URI.create(url() + path);
        return send(HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)));
    }

    /**
     * Sends a request to the public port.
     *
     * @param headers names and values in turn
     */
    public HttpResponse<String> request(String method, String path, String body, String... headers) {
        return send(publicRequest(method, path, body, headers));
    }

    /** Sends a request as {@link #request} does, and returns at once. */
    public CompletableFuture<HttpResponse<String>> requestAsync(
            String method, String path, String body, String... headers) {
        return CLIENT.sendAsync(publicRequest(method, path, body, headers).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder publicRequest(String method, String path, String body, String... headers) {
        return HttpRequest.newBuilder(URI.create(url() + path)).headers(headers).method(method, publisher(body));
    }

    /** Sends a request with the admin token to the admin port. */
    public HttpResponse<String> admin(String method, String path, String body) {
        return send(authorized(path).method(method, publisher(body)));
    }

    /**
     * Sends JSON with the admin token to the admin port, and returns at once.
     *
     * @param headers names and values in turn
     */
    public CompletableFuture<HttpResponse<String>> adminAsync(
            String method, String path, String body, String... headers) {
        HttpRequest.Builder request = authorized(path).header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return CLIENT.sendAsync(
                request.method(method, publisher(body))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                BodyHandlers.ofString());
    }

    private static BodyPublisher publisher(String body) {
        return body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    }

    /** The served revision, or -1 if there was no answer. */
    public long revision(String deployment) {
        HttpResponse<String> answer = vardata(deployment, Map.of("user_id", "revision-probe"));
        return answer.headers().firstValueAsLong("X-Variate-Revision").orElse(-1);
    }

    /** Whether the public port accepts connections. */
    public boolean isListening() {
        try (Socket socket = new Socket(host, httpPort)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Shuts the node down gracefully and returns its exit status. */
    public int terminate(Duration atMost) {
        process.sendSignal("TERM");
        return process.exitCode(atMost);
    }

    public void kill() {
        process.sendSignal("KILL");
        process.exitCode(Duration.ofSeconds(10));
    }

    @Override
    public void close() {
        process.close();
    }

    private HttpRequest.Builder vardataRequest(String deployment, Map<String, String> query) {
        StringBuilder uri = new StringBuilder(url() + "/v1/vardata?");
        query.forEach((name, value) ->
                uri.append(name).append('=').append(encode(value)).append('&'));
        return HttpRequest.newBuilder(URI.create(uri.toString())).header("Authorization", "Api-Key " + deployment);
    }

    /** Percent-encodes the value of a parameter. */
    public static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private HttpRequest.Builder authorized(String path) {
        return HttpRequest.newBuilder(admin(path)).header("Authorization", "Bearer " + TOKEN);
    }

    private URI admin(String path) {
        return URI.create("http://" + host + ":" + adminPort + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
