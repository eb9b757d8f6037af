package io.variate.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Development cluster: three processes of the production jar on one machine, with PostgreSQL and a Kafka broker in this
 * process. Kill a node to see how the cluster behaves.
 *
 * <p>Its data persists in {@code data/cluster}. Environment variables set the settings of all nodes; {@code VARIATE_DEV_DIR}
 * changes the data directory.
 */
public final class DevCluster implements AutoCloseable {
    private static final String TOKEN = "dev-admin-token";
    private static final int NODES = 3;
    private static final int KAFKA_PORT = 9092;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(45);

    private final Path directory;
    private final Path jar;
    private final List<AutoCloseable> running = new ArrayList<>();
    private final List<ServerProcess> nodes = new ArrayList<>();
    private boolean closed;

    private DevCluster(Path directory, Path jar) {
        this.directory = directory;
        this.jar = jar;
    }

    /** Runs until it is interrupted; exits with status 1 if it cannot start. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("variate.log.format", "text");
        Path jar = Path.of("target", "variate.jar");
        if (!Files.exists(jar)) {
            System.err.println(jar + " not found: run mvn -DskipTests package");
            System.exit(1);
        }
        DevCluster cluster =
                new DevCluster(Path.of(System.getenv().getOrDefault("VARIATE_DEV_DIR", "data/cluster")), jar);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "shutdown"));
        try {
            cluster.start();
            cluster.printInstructions();
        } catch (RuntimeException | IOException e) {
            System.err.println("The cluster cannot start: " + e.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    private void start() throws IOException, InterruptedException {
        System.out.println("Starting PostgreSQL, Kafka and " + NODES + " nodes…");
        EmbeddedPostgresql postgres = register(
                EmbeddedPostgresql.start(directory.resolve("postgres"), 0).stopWithThisJvm());
        EmbeddedKafka kafka = register(EmbeddedKafka.start(directory.resolve("kafka"), KAFKA_PORT));
        for (int i = 0; i < NODES; i++) {
            launch(i, postgres.uri(), kafka.bootstrapServers());
        }
        for (ServerProcess node : List.copyOf(nodes)) {
            node.awaitLine("is up: http=", START_TIMEOUT);
        }
        DemoRuleset.load(adminPort(0), TOKEN);
    }

    private synchronized <T extends AutoCloseable> T register(T component) {
        running.add(component);
        return component;
    }

    private synchronized void launch(int index, String database, String broker) {
        if (closed) {
            return;
        }
        String members = IntStream.range(0, NODES)
                .mapToObj(each -> "127.0.0.1:" + clusterPort(each))
                .collect(Collectors.joining(","));
        nodes.add(ServerProcess.start(
                List.of("-Xmx256m"),
                jar.toString(),
                List.of(),
                Map.ofEntries(
                        Map.entry("VARIATE_NODE_ID", name(index)),
                        Map.entry("VARIATE_NODE_DATA_DIR", "data"),
                        Map.entry("VARIATE_HTTP_HOST", "127.0.0.1"),
                        Map.entry("VARIATE_HTTP_PORT", "" + httpPort(index)),
                        Map.entry("VARIATE_ADMIN_PORT", "" + adminPort(index)),
                        Map.entry("VARIATE_ADMIN_TOKEN", TOKEN),
                        Map.entry("VARIATE_POSTGRES_URI", database),
                        Map.entry("VARIATE_KAFKA_BOOTSTRAP_SERVERS", broker),
                        Map.entry("VARIATE_CLUSTER_ENABLED", "true"),
                        Map.entry("VARIATE_CLUSTER_NAME", "dev"),
                        Map.entry("VARIATE_CLUSTER_PORT", "" + clusterPort(index)),
                        Map.entry("VARIATE_CLUSTER_MEMBERS", members),
                        Map.entry("VARIATE_LOG_FORMAT", "text")),
                directory.resolve(name(index))));
    }

    /**
     * Stops the nodes in parallel, and then their dependencies; no process is left. PostgreSQL first, because a broker that
     * meets a fault while it stops halts the JVM, which would leave PostgreSQL running.
     */
    @Override
    public void close() {
        List<ServerProcess> processes;
        List<AutoCloseable> dependencies;
        synchronized (this) {
            closed = true;
            processes = List.copyOf(nodes);
            dependencies = List.copyOf(running);
        }
        System.out.println("Stopping…");
        processes.forEach(node -> node.sendSignal("TERM"));
        processes.forEach(node -> close(() -> {
            // Closing kills a node that has not stopped in time.
            try (node) {
                node.exitCode(STOP_TIMEOUT);
            }
        }));
        dependencies.forEach(DevCluster::close);
    }

    private static void close(AutoCloseable component) {
        try {
            component.close();
        } catch (Exception e) {
            System.err.println("failed to stop cleanly: " + e);
        }
    }

    private void printInstructions() {
        StringBuilder text =
                new StringBuilder("\nThree nodes are up. Evaluate the flags for user-1 on each of them:\n\n");
        for (int i = 0; i < NODES; i++) {
            text.append(
                    "  curl -H 'Authorization: Api-Key server-demo-key' 'http://localhost:%d/v1/vardata?user_id=user-1'%n"
                            .formatted(httpPort(i)));
        }
        text.append("""

                Send requests to all nodes in turn, like a load balancer:

                  while sleep 0.2; do for port in 8080 8090 8100; do curl -s -o /dev/null -w "$port %{http_code}\\n" \\
                    -H 'Authorization: Api-Key server-demo-key' "localhost:$port/v1/vardata?user_id=user-$RANDOM"; done; done

                """);
        for (int i = 0; i < NODES; i++) {
            text.append("  %s  process %d, admin http://localhost:%d (Authorization: Bearer %s), log %s%n"
                    .formatted(
                            name(i),
                            nodes.get(i).pid(),
                            adminPort(i),
                            TOKEN,
                            nodes.get(i).outputFile()));
        }
        text.append("\nKill a node with kill -9. Ctrl-C ends everything; the data is kept in ")
                .append(directory)
                .append(".\n");
        System.out.println(text);
    }

    private static String name(int index) {
        return "node-" + (index + 1);
    }

    private static int httpPort(int index) {
        return 8080 + 10 * index;
    }

    private static int adminPort(int index) {
        return httpPort(index) + 1;
    }

    private static int clusterPort(int index) {
        return 5701 + index;
    }
}
