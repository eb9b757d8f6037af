package io.variate.bench;

import io.variate.bootstrap.Main;
import io.variate.dev.FileTree;
import io.variate.dev.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the cost of an HTTP response: a Variate node and a bare Vert.x server, on the same cores, with the same requests.
 *
 * <p>Each server runs in a separate JVM. After the warm-up of all servers, rounds measure them in turn, so that a disturbance
 * of the machine affects all of them. Requires {@code wrk}; {@code docs/benchmarks.md} explains the table.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.HttpBenchmark
 * }</pre>
 *
 * <p>Options in {@code -Dexec.args="…"}: {@code --seconds}, {@code --warmup}, {@code --runs}, {@code
 * --connections}, {@code --tracked} (with a Kafka broker), {@code --classes} (instead of the jar).
 */
public final class HttpBenchmark implements AutoCloseable {
    private static final Path JAR = Path.of("target", "variate.jar");

    private final double busyBefore = Report.busy();
    private final Options options;
    private final Path directory;
    private final List<AutoCloseable> running = new ArrayList<>();
    private final List<Contestant> contestants = new ArrayList<>();

    private HttpBenchmark(Options options) throws IOException {
        this.options = options;
        this.directory = Files.createTempDirectory("variate-benchmark-");
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        try {
            Wrk.require();
            run(Options.of(arguments));
        } catch (BenchmarkException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void run(Options options) throws Exception {
        HttpBenchmark benchmark = new HttpBenchmark(options);
        Thread hook = new Thread(benchmark::close, "shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try (benchmark) {
            benchmark.start();
            benchmark.measure();
            System.out.println(benchmark.report());
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void start() throws IOException, InterruptedException {
        startPair("one flag of 100", false);
        startPair("all 100 flags", true);
        if (options.tracked()) {
            String kafka = startKafka();
            startNode("one flag, tracked", new Workload(false, true), kafka);
            startNode("all flags, tracked", new Workload(true, true), kafka);
        }
    }

    private void startPair(String name, boolean allFlags) throws IOException, InterruptedException {
        Workload workload = new Workload(allFlags, false);
        Path answer = startNode(name, workload, "").resolve("answer.json");
        Path home = home();
        ServerProcess server = keep(
                ServerProcess.start(List.of(), BareServer.class.getName(), List.of(answer.toString()), Map.of(), home));
        contestants.add(new Contestant("bare, for " + name, server, workload, home));
    }

    /** Returns the directory with the files of the server. */
    private Path startNode(String name, Workload workload, String kafka) throws IOException, InterruptedException {
        Path home = home();
        Path ruleset = Files.writeString(home.resolve("ruleset.json"), Workload.ruleset());
        Map<String, String> environment = new HashMap<>();
        environment.put("VARIATE_HTTP_HOST", "127.0.0.1");
        environment.put("VARIATE_HTTP_PORT", "0");
        environment.put("VARIATE_ADMIN_PORT", "0");
        environment.put("VARIATE_NODE_DATA_DIR", home.resolve("data").toString());
        environment.put("VARIATE_RULESETS_FILE", ruleset.toString());
        environment.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka);
        ServerProcess server = keep(ServerProcess.start(List.of(), program(), List.of(), environment, home));
        contestants.add(new Contestant(name, server, workload, home));
        return home;
    }

    private String startKafka() throws IOException {
        Path home = home();
        ServerProcess broker = keep(ServerProcess.start(
                List.of(),
                KafkaBroker.class.getName(),
                List.of(home.resolve("data").toString()),
                Map.of(),
                home));
        String line = broker.awaitLine("broker on ", Duration.ofSeconds(60));
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    private String program() {
        return Files.exists(JAR) && !options.classes() ? JAR.toString() : Main.class.getName();
    }

    private Path home() throws IOException {
        return Files.createTempDirectory(directory, "server-");
    }

    private synchronized ServerProcess keep(ServerProcess server) {
        running.add(server);
        return server;
    }

    private void measure() throws IOException, InterruptedException {
        for (Contestant contestant : contestants) {
            System.err.println("warming up: " + contestant.name());
            contestant.warmUp(options.connections(), options.warmup());
        }
        for (int round = 1; round <= options.runs(); round++) {
            System.err.println("round " + round + " of " + options.runs());
            for (Contestant contestant : contestants) {
                contestant.measure(options.connections(), options.seconds());
            }
        }
    }

    private String report() {
        Contestant oneFlag = contestants.get(0);
        List<String> wrk = Wrk.command(
                oneFlag.script().getFileName(), options.connections(), options.seconds(), "http://127.0.0.1:<port>");
        Report report = new Report()
                .machine()
                .line("Node:    %s", program().endsWith(".jar") ? "java -jar " + program() : "java " + program())
                .line("Load:    %s", String.join(" ", wrk))
                .line("Runs:    %d of each, in turn, after %d s of warm-up", options.runs(), options.warmup())
                .line("Before:  load average %.2f", busyBefore)
                .table(contestants)
                .ratio(oneFlag, contestants.get(1))
                .ratio(contestants.get(2), contestants.get(3));
        if (options.tracked()) {
            report.ratio(contestants.get(4), contestants.get(1)).ratio(contestants.get(5), contestants.get(3));
        }
        return report.text();
    }

    @Override
    public synchronized void close() {
        for (AutoCloseable process : running) {
            try {
                process.close();
            } catch (Exception e) {
                System.err.println("failed to stop a process: " + e);
            }
        }
        running.clear();
        FileTree.delete(directory);
    }
}
