package io.variate.bench;

import io.variate.bench.NodeProcess.Memory;
import io.variate.dev.FileTree;
import io.variate.dev.ServerProcess;
import io.variate.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the time from the start of the JVM to the first correct response, and the resources of an idle node: without a
 * cluster and with a snapshot, the same in a cluster whose other member is down, and as the second node of a cluster.
 * PostgreSQL and Kafka are down. Each case runs with and without the class archive that {@code rehearse} creates.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.StartBenchmark
 * }</pre>
 *
 * <p>Options in {@code -Dexec.args="…"}, in this order: starts per case (5), idle seconds (20).
 */
public final class StartBenchmark implements AutoCloseable {
    private static final Path DEMO = Path.of("conf", "demo-ruleset.json");
    private static final String SNAPSHOT = "ruleset.snapshot";
    private static final String UNREACHABLE = "127.0.0.1:1";
    private static final int NO_PORT = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The minimum that the manifests of the cluster grant a container. */
    private static final String HEAP = "-Xmx256m";

    private final Path directory = Files.createTempDirectory("variate-start-");
    private final HttpClient client = HttpClient.newHttpClient();
    private final String cluster = "start-" + ProcessHandle.current().pid();
    private final int firstPort = FreePorts.one();
    private final int starts;
    private final int idleSeconds;
    private int started;

    private StartBenchmark(int starts, int idleSeconds) throws IOException {
        this.starts = starts;
        this.idleSeconds = idleSeconds;
    }

    /** The measurements of one start. */
    private record Start(NodeProcess node, double millis, double cpuSeconds) {}

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        int starts = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int idleSeconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
        try (StartBenchmark benchmark = new StartBenchmark(starts, idleSeconds)) {
            benchmark.run();
        } catch (BenchmarkException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private void run() throws IOException, InterruptedException {
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT,
                "Node:    %s %s, %d starts of each; load average before %.2f%n%n",
                NodeProcess.program(),
                HEAP,
                starts,
                Report.busy());
        Path archive = archive();
        Map<String, String> settings = new HashMap<>(NodeProcess.clustered(cluster, firstPort, NO_PORT));
        settings.put("VARIATE_RULESETS_FILE", DEMO.toAbsolutePath().toString());
        NodeProcess first = start("first", List.of(HEAP), settings).node();
        try {
            System.out.println("| | ms, median (worst) | CPU s | heap MB, live | resident MB |");
            System.out.println("|---|---:|---:|---:|---:|");
            report("", List.of(HEAP));
            report(", with the archive", List.of(HEAP, "-XX:SharedArchiveFile=" + archive));
        } finally {
            first.close();
        }
    }

    /** Created and used with the same path of the jar, because the JVM compares it. */
    private Path archive() {
        Path archive = directory.resolve("variate.jsa");
        try (ServerProcess rehearsal = ServerProcess.start(
                List.of("-XX:ArchiveClassesAtExit=" + archive),
                NodeProcess.program(),
                List.of("rehearse"),
                Map.of(),
                directory)) {
            if (rehearsal.exitCode(PATIENCE) != 0) {
                throw new BenchmarkException("no archive; has the jar been built?");
            }
        }
        return archive;
    }

    private void report(String with, List<String> jvm) throws IOException, InterruptedException {
        report("alone" + with, jvm, true, Map.of());
        report(
                "in a cluster, the other member down" + with,
                jvm,
                true,
                NodeProcess.clustered(cluster + "-alone", FreePorts.one(), NO_PORT));
        report("joining a node" + with, jvm, false, NodeProcess.clustered(cluster, FreePorts.one(), firstPort));
    }

    private void report(String name, List<String> jvm, boolean remembers, Map<String, String> settings)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("VARIATE_POSTGRES_URI", "postgresql://nobody@" + UNREACHABLE + "/none");
        environment.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", UNREACHABLE);
        double[] millis = new double[starts];
        double[] cpuSeconds = new double[starts];
        Memory idle = null;
        for (int i = 0; i < starts; i++) {
            String id = "node-" + ++started;
            if (remembers) {
                remember(id);
            }
            Start start = start(id, jvm, environment);
            try (NodeProcess node = start.node()) {
                millis[i] = start.millis();
                cpuSeconds[i] = start.cpuSeconds();
                if (i == starts - 1) {
                    TimeUnit.SECONDS.sleep(idleSeconds);
                    idle = node.memory();
                }
            }
        }
        Arrays.sort(millis);
        Arrays.sort(cpuSeconds);
        System.out.printf(
                Locale.ROOT,
                "| %s | %,.0f (%,.0f) | %.1f | %d | %d |%n",
                name,
                millis[starts / 2],
                millis[starts - 1],
                cpuSeconds[starts / 2],
                idle == null ? 0 : idle.heap() >> 20,
                idle == null ? 0 : idle.resident() >> 20);
    }

    /** Copies the snapshot of the first node to another node. */
    private void remember(String id) throws IOException {
        Path data = Files.createDirectories(NodeProcess.dataOf(id, directory));
        Files.copy(NodeProcess.dataOf("first", directory).resolve(SNAPSHOT), data.resolve(SNAPSHOT));
    }

    private Start start(String id, List<String> jvm, Map<String, String> settings)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        NodeProcess node = NodeProcess.start(id, jvm, directory, settings);
        while (!answersRightly(node)) {
            if (System.nanoTime() - begun > PATIENCE.toNanos()) {
                node.close();
                throw new BenchmarkException("no response of " + id);
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return new Start(node, (System.nanoTime() - begun) / 1e6, node.cpuSeconds());
    }

    private boolean answersRightly(NodeProcess node) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.httpPort() + "/v1/vardata?user_id=user-1"))
                .header("Authorization", "Api-Key server-demo-key")
                .build();
        return client.send(request, BodyHandlers.ofString()).body().contains("\"dark-mode\":{\"key\":\"on\"");
    }

    @Override
    public void close() {
        FileTree.delete(directory);
    }
}
