package io.variate.bench;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.FileTree;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures how replacing a large cohort affects users: the latency of 200 evaluations per second that depend on the cohort,
 * before and during the replacement.
 *
 * <p>PostgreSQL, the node and the client run in separate processes on the same cores; {@code docs/benchmarks.md}
 * explains the results.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.CohortBenchmark
 * }</pre>
 *
 * <p>Options in {@code -Dexec.args="…"}, in this order: members (10000000), seconds before (30).
 */
public final class CohortBenchmark implements AutoCloseable {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "s", "type": "server", "flags": ["*"]}],
             "flags": [
              {"key": "flag", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["large"]}]]}]}]}
            """;
    private static final long PERIOD_MICROS = 5_000;

    private final int members;
    private final Path directory = Files.createTempDirectory("variate-cohorts-");
    private final EmbeddedPostgresql postgres = EmbeddedPostgresql.start(null, 0);
    private final NodeProcess node;
    private final HttpClient client =
            HttpClient.newBuilder().version(Version.HTTP_1_1).build();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile ConcurrentLinkedQueue<Long> micros = new ConcurrentLinkedQueue<>();

    private CohortBenchmark(int members) throws IOException, InterruptedException {
        this.members = members;
        this.node = NodeProcess.start(
                "node",
                List.of("-Xmx1g"),
                directory,
                Map.of("VARIATE_POSTGRES_URI", postgres.uri(), "VARIATE_COHORTS_MAX_MEMBERS", "20000000"));
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        int members = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000_000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 30;
        try (CohortBenchmark benchmark = new CohortBenchmark(members)) {
            benchmark.run(seconds);
        } catch (BenchmarkException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private void run(int seconds) throws IOException, InterruptedException {
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT, "Node:    %s -Xmx1g; load average before %.2f%n", NodeProcess.program(), Report.busy());
        node.putRuleset(RULESET);
        Path first = write("first-");
        Path second = write("second-");
        replaceBy(first, "first-");
        Future<?> unused = clock.scheduleAtFixedRate(this::ask, 0, PERIOD_MICROS, TimeUnit.MICROSECONDS);
        TimeUnit.SECONDS.sleep(seconds);
        micros = new ConcurrentLinkedQueue<>();
        TimeUnit.SECONDS.sleep(seconds);
        report("before");
        replaceBy(second, "second-");
        report("meanwhile");
        clock.shutdown();
    }

    private Path write(String prefix) throws IOException {
        Path file = directory.resolve(prefix + "members.ndjson");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < members; i++) {
                out.append('"').append(prefix).append(Integer.toString(i)).append("\"\n");
            }
        }
        return file;
    }

    /** Returns when the node serves the new cohort: a new member evaluates as one. */
    private void replaceBy(Path file, String prefix) throws IOException, InterruptedException {
        long start = System.nanoTime();
        node.put("/api/1/cohorts/large", BodyPublishers.ofFile(file));
        long stored = System.nanoTime();
        while (!answerFor(prefix + (members - 1)).contains("\"on\"")) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        System.out.printf(
                Locale.ROOT,
                "PUT of %,d members: response after %.1f s, served after %.1f s%n",
                members,
                (stored - start) / 1e9,
                (System.nanoTime() - start) / 1e9);
    }

    private void ask() {
        long start = System.nanoTime();
        ConcurrentLinkedQueue<Long> into = micros;
        CompletableFuture<?> unused = client.sendAsync(
                        question("first-" + asked.getAndIncrement() % members), BodyHandlers.ofString())
                .whenComplete((answer, failure) -> into.add(
                        failure == null && answer.statusCode() == 200
                                ? (System.nanoTime() - start) / 1_000
                                : Long.MAX_VALUE));
    }

    private String answerFor(String user) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(question(user), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new BenchmarkException("node responded " + answer.body());
        }
        return answer.body();
    }

    private HttpRequest question(String user) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + "/v1/vardata?user_id=" + user))
                .header("Authorization", "Api-Key server-key")
                .build();
    }

    private void report(String name) {
        long[] sorted = micros.stream().mapToLong(Long::longValue).toArray();
        micros = new ConcurrentLinkedQueue<>();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-10s %,7d requests, ms p50 %.2f, p99 %.2f, p99.9 %.2f, worst %.2f, failed %d%n",
                name,
                sorted.length,
                millis(sorted, 0.5),
                millis(sorted, 0.99),
                millis(sorted, 0.999),
                millis(sorted, 1),
                Arrays.stream(sorted).filter(each -> each == Long.MAX_VALUE).count());
    }

    private static double millis(long[] sorted, double quantile) {
        return sorted[Math.max(0, (int) Math.ceil(quantile * sorted.length) - 1)] / 1e3;
    }

    @Override
    public void close() throws IOException {
        clock.shutdownNow();
        node.close();
        postgres.close();
        FileTree.delete(directory);
    }
}
