package io.variate.bench;

import io.variate.bootstrap.Main;
import io.variate.dev.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Variate node in a separate process: from the jar if it is built, otherwise from the classes. */
final class NodeProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "variate.jar");
    private static final Pattern UP = Pattern.compile("is up: http=(\\d+) admin=(\\d+)");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final ServerProcess process;
    private final int httpPort;
    private final int adminPort;

    private NodeProcess(ServerProcess process, int httpPort, int adminPort) {
        this.process = process;
        this.httpPort = httpPort;
        this.adminPort = adminPort;
    }

    /**
     * Starts a node on free ports and waits until it is up.
     *
     * @param settings settings in addition to ports, id and directory, as environment variables
     */
    static NodeProcess start(String id, List<String> jvmArguments, Path directory, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("VARIATE_HTTP_HOST", "127.0.0.1");
        environment.put("VARIATE_HTTP_PORT", "0");
        environment.put("VARIATE_ADMIN_PORT", "0");
        environment.put("VARIATE_NODE_ID", id);
        environment.put("VARIATE_NODE_DATA_DIR", dataOf(id, directory).toString());
        ServerProcess process =
                ServerProcess.start(jvmArguments, program(), List.of(), environment, directory.resolve(id));
        Matcher up = UP.matcher(process.awaitLine(UP.pattern(), PATIENCE));
        if (!up.find()) {
            throw new BenchmarkException("no ports");
        }
        return new NodeProcess(process, Integer.parseInt(up.group(1)), Integer.parseInt(up.group(2)));
    }

    /** Settings of a local cluster member that finds the others through one of them. */
    static Map<String, String> clustered(String name, int port, int other) {
        return Map.of(
                "VARIATE_CLUSTER_ENABLED",
                "true",
                "VARIATE_CLUSTER_NAME",
                name,
                "VARIATE_CLUSTER_HOST",
                "127.0.0.1",
                "VARIATE_CLUSTER_PORT",
                Integer.toString(port),
                "VARIATE_CLUSTER_MEMBERS",
                "127.0.0.1:" + other);
    }

    /** The data directory of the node with this id. */
    static Path dataOf(String id, Path directory) {
        return directory.resolve("data-" + id);
    }

    static String program() {
        return Files.exists(JAR) ? JAR.toString() : Main.class.getName();
    }

    long pid() {
        return process.pid();
    }

    int httpPort() {
        return httpPort;
    }

    /**
     * Memory of the process, in bytes.
     *
     * @param heap used heap after a garbage collection
     * @param resident resident set size
     */
    record Memory(long heap, long resident) {}

    Memory memory() throws IOException, InterruptedException {
        process.collectGarbage();
        return new Memory((long) metric("jvm_memory_used_bytes{area=\"heap\""), process.residentBytes());
    }

    /** User and system time of the process. */
    double cpuSeconds() {
        return cpuSeconds(pid());
    }

    /** User and system time of this process. */
    static double ownCpuSeconds() {
        return cpuSeconds(ProcessHandle.current().pid());
    }

    private static double cpuSeconds(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(time -> time.toNanos() / 1e9)
                .orElseThrow(() -> new BenchmarkException("process died"));
    }

    void putRuleset(String document) throws IOException, InterruptedException {
        put("/api/1/ruleset", BodyPublishers.ofString(document));
    }

    /** Waits for the response, which must be 200. */
    void put(String path, BodyPublisher body) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                CLIENT.send(HttpRequest.newBuilder(admin(path)).PUT(body).build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new BenchmarkException("PUT " + path + " failed: " + answer.body());
        }
    }

    /** The sum of all samples whose name and labels start with a prefix. */
    double metric(String prefix) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(admin("/metrics")).build(), BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private URI admin(String path) {
        return URI.create("http://127.0.0.1:" + adminPort + path);
    }

    @Override
    public void close() {
        process.close();
    }
}
