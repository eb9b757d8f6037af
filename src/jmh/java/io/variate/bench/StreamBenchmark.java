package io.variate.bench;

import io.variate.bench.NodeProcess.Memory;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.FileTree;
import io.variate.testing.FreePorts;
import io.variate.testing.StreamReaders;
import io.variate.testing.StreamReaders.Arrivals;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the cost of open flag streams, and the time from the commit of a change in PostgreSQL until the last stream has
 * received it.
 *
 * <p>PostgreSQL, the nodes and the clients run in separate processes on the same cores; {@code docs/benchmarks.md}
 * explains the results.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.StreamBenchmark
 * }</pre>
 *
 * <p>Options in {@code -Dexec.args="…"}, in this order: streams (10000), nodes (1), changes measured (100).
 */
public final class StreamBenchmark implements AutoCloseable {
    private static final Path DEMO = Path.of("conf", "demo-ruleset.json");
    private static final String KEY = "server-demo-key";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int WARMUP = 20;

    /** Pause between two changes, so that each reaches an idle server. */
    private static final long PAUSE_MILLIS = 200;

    private final int streams;
    private final int changes;
    private final Path directory = Files.createTempDirectory("variate-streams-");
    private final EmbeddedPostgresql postgres = EmbeddedPostgresql.start(null, 0);
    private final List<NodeProcess> servers = new ArrayList<>();

    private StreamBenchmark(int streams, int changes) throws IOException {
        this.streams = streams;
        this.changes = changes;
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        int streams = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        int nodes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        int changes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
        try (StreamBenchmark benchmark = new StreamBenchmark(streams, changes)) {
            benchmark.start(nodes);
            benchmark.run();
        } catch (BenchmarkException | IllegalStateException | AssertionError e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private void start(int nodes) throws IOException, InterruptedException {
        List<Integer> ports = FreePorts.some(nodes);
        for (int i = 0; i < nodes; i++) {
            Map<String, String> settings = new HashMap<>();
            settings.put("VARIATE_POSTGRES_URI", postgres.uri());
            if (nodes > 1) {
                String cluster = "streams-" + ProcessHandle.current().pid();
                settings.putAll(NodeProcess.clustered(cluster, ports.get(i), ports.get(0)));
            }
            servers.add(NodeProcess.start("node-" + i, List.of("-Xmx512m"), directory, settings));
        }
        JsonObject document = new JsonObject(Files.readString(DEMO));
        document.getJsonArray("flags").add(markFlag(0));
        servers.get(0).putRuleset(document.encode());
    }

    private static JsonObject markFlag(int number) {
        JsonObject variant = new JsonObject().put("key", "on").put("value", StreamReaders.mark(number));
        return new JsonObject()
                .put("key", "zz-mark")
                .put("segments", JsonArray.of(new JsonObject().put("variant", "on")))
                .put("variants", new JsonObject().put("on", variant));
    }

    private void run() throws IOException, InterruptedException, SQLException {
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT,
                "Nodes:   %d, %s -Xmx512m; load average before %.2f%n",
                servers.size(),
                NodeProcess.program(),
                Report.busy());
        List<Memory> before = memory();
        long opening = System.nanoTime();
        List<Integer> ports = servers.stream().map(NodeProcess::httpPort).toList();
        try (StreamReaders readers = StreamReaders.open(streams, KEY, ports)) {
            long all = readers.await(0, PATIENCE).last();
            System.out.printf(Locale.ROOT, "Opened:  %,d streams in %.1f s%n", streams, (all - opening) / 1e9);
            reportMemory("idle", before, memory());
            measure(readers, "warm-up", 1, WARMUP);
            measure(readers, "measured", WARMUP + 1, changes);
            reportMemory("after", before, memory());
            System.out.printf("Open:    %,d%n", readers.open());
        }
    }

    private void measure(StreamReaders readers, String name, int first, int count)
            throws SQLException, InterruptedException {
        String jdbc = "jdbc:" + postgres.uri().replace("postgres@", "") + "?user=postgres";
        double[][] millis = new double[3][count];
        double serversBefore = serversCpuSeconds();
        double clientsBefore = NodeProcess.ownCpuSeconds();
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < count; i++) {
                int number = first + i;
                Thread.sleep(PAUSE_MILLIS);
                statement.execute("update variate.flag set definition = '"
                        + markFlag(number).encode() + "' where key = 'zz-mark'");
                statement.execute("update variate.ruleset set revision = revision + 1");
                readers.expect(number);
                long committing = System.nanoTime();
                connection.commit();
                Arrivals arrivals = readers.await(number, PATIENCE);
                millis[0][i] = (arrivals.first() - committing) / 1e6;
                millis[1][i] = (arrivals.median() - committing) / 1e6;
                millis[2][i] = (arrivals.last() - committing) / 1e6;
            }
        }
        double serversUsed = serversCpuSeconds() - serversBefore;
        double clientsUsed = NodeProcess.ownCpuSeconds() - clientsBefore;
        for (double[] row : millis) {
            Arrays.sort(row);
        }
        System.out.printf(
                Locale.ROOT,
                "%s, %d changes, ms from the commit (p50 / p99 / worst of the changes)%n"
                        + "  first stream  %6.1f %6.1f %6.1f%n  half of them  %6.1f %6.1f %6.1f%n"
                        + "  last stream   %6.1f %6.1f %6.1f%n",
                name,
                count,
                of(millis[0], 0.5),
                of(millis[0], 0.99),
                of(millis[0], 1),
                of(millis[1], 0.5),
                of(millis[1], 0.99),
                of(millis[1], 1),
                of(millis[2], 0.5),
                of(millis[2], 0.99),
                of(millis[2], 1));
        System.out.printf(
                Locale.ROOT,
                "  CPU per change: nodes %.1f ms, clients %.1f ms%n",
                serversUsed * 1000 / count,
                clientsUsed * 1000 / count);
    }

    private double serversCpuSeconds() {
        return servers.stream().mapToDouble(NodeProcess::cpuSeconds).sum();
    }

    private static double of(double[] sorted, double quantile) {
        return sorted[Math.max(0, (int) Math.ceil(quantile * sorted.length) - 1)];
    }

    private void reportMemory(String name, List<Memory> before, List<Memory> now) {
        for (int i = 0; i < now.size(); i++) {
            long heap = now.get(i).heap() - before.get(i).heap();
            long resident = now.get(i).resident() - before.get(i).resident();
            int own = streams / now.size();
            System.out.printf(
                    Locale.ROOT,
                    "Memory:  %s, node %d: heap %,d MB live, %,d MB resident; per stream %.1f KB of heap,"
                            + " %.1f KB resident%n",
                    name,
                    i,
                    now.get(i).heap() >> 20,
                    now.get(i).resident() >> 20,
                    heap / 1024.0 / own,
                    resident / 1024.0 / own);
        }
    }

    private List<Memory> memory() throws IOException, InterruptedException {
        List<Memory> all = new ArrayList<>();
        for (NodeProcess server : servers) {
            all.add(server.memory());
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        servers.forEach(NodeProcess::close);
        postgres.close();
        FileTree.delete(directory);
    }
}
