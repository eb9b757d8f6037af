package io.variate.it.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Footprint;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node answers every request on both ports in time and without an internal error. It leaves no connection open that it
 * should close, and neither its memory nor its log grows. The system properties {@code variate.fuzz.seed} and
 * {@code variate.fuzz.requests} set the seed and the number of requests; the profile {@code long} sends a million.
 */
@Tag("alone")
class FuzzIT {
    private static final int CLIENTS = 24;
    private static final long MIB = 1 << 20;
    /** Mostly lines about writes: each accepted one is logged with its token, and cohorts and rulesets once more. */
    private static final int MOST_LOG_BYTES_PER_1000 = 7000;

    private static final int REQUESTS = Integer.getInteger("variate.fuzz.requests", LongRun.either(100_000, 1_000_000));

    /** The default form repeats the same requests, so that its outcome depends on the node only; the long form explores. */
    private static final long SEED =
            Long.getLong("variate.fuzz.seed", LongRun.either(20_261_130, (int) (System.nanoTime() & 0xFFFFFF)));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void answersEveryRequestWithoutLeaks() throws Exception {
        System.out.println("fuzzing with variate.fuzz.seed=" + SEED);
        String ruleset = Files.readString(Path.of("conf", "demo-ruleset.json"));
        NodeSettings settings = NodeSettings.of(directory, "fuzzed")
                .set("postgres.uri", Neighbours.database())
                .set("admin.token", JarNode.TOKEN)
                .set("http.page", true)
                .set("project.api-key", FuzzGrammar.PROJECT_KEY)
                .set("project.secret-key", FuzzGrammar.PROJECT_SECRET)
                .set("rulesets.min-revision-wait", "50ms");
        try (JarNode node = JarNode.start(settings, Arena.OPTIONS)) {
            node.awaitReady();
            node.putRuleset(ruleset);
            Findings findings = new Findings();
            fuzz(node, ruleset, SEED, REQUESTS / 10, findings);
            Footprint before = Footprint.of(node);
            long logBefore = Files.size(node.process().outputFile());

            long start = System.nanoTime();
            fuzz(node, ruleset, SEED + CLIENTS, REQUESTS - REQUESTS / 10, findings);
            long took = System.nanoTime() - start;

            long logged = Files.size(node.process().outputFile()) - logBefore;
            List<String> traces = traces(node);
            System.out.printf(
                    "fuzzed: %d answers, the last %d requests in %d s, log %d bytes,  statuses %s%n",
                    findings.answers(),
                    REQUESTS - REQUESTS / 10,
                    TimeUnit.NANOSECONDS.toSeconds(took),
                    logged,
                    findings.statuses());
            SoftAssertions softly = new SoftAssertions();
            softly.assertThat(node.process().isAlive()).as("the node lives").isTrue();
            softly.assertThat(findings.isEmpty()).as(findings.toString()).isTrue();
            softly.assertThat(traces).as("defects in the log").isEmpty();
            softly.assertThat(logged / Math.max(1, REQUESTS / 1000))
                    .as("bytes of the log for 1,000 requests")
                    .isLessThan(MOST_LOG_BYTES_PER_1000);
            // Otherwise the requests reached little of the node.
            softly.assertThat(findings.answers(200)).as("successes").isGreaterThan(REQUESTS / 4);
            softly.assertThat(findings.answers(503)).as("refusals").isLessThan(REQUESTS / 20);
            softly.assertAll();
            Footprint after = Footprint.of(node);
            System.out.printf("  before %s%n  after  %s%n", before, after);
            assertThat(after.heap()).as("heap").isLessThan(before.heap() + before.heap() / 10 + 24 * MIB);
            // The first tenth of the requests fills the pool. A few bodies that are never released would pin whole
            // chunks.
            assertThat(after.direct()).as("direct memory").isLessThan(before.direct() + 6 * MIB);
            assertThat(after.files()).as("files").isLessThan(before.files() + 20);
        }
    }

    private static void fuzz(JarNode node, String ruleset, long seed, int requests, Findings findings)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Fuzzer fuzzer = new Fuzzer(
                        new FuzzGrammar(seed + i, ruleset),
                        node.httpPort(),
                        node.adminPort(),
                        findings,
                        () -> node.putRuleset(ruleset));
                clients.add(threads.submit(() -> {
                    fuzzer.run(requests / CLIENTS + 1);
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Log lines that indicate a defect of the node. */
    private static List<String> traces(JarNode node) throws IOException {
        try (var lines = Files.lines(node.process().outputFile())) {
            return lines.filter(line ->
                            line.contains("\\tat ") || line.startsWith("\tat ") || line.contains("\"level\":\"ERROR\""))
                    .map(line -> line.substring(0, Math.min(line.length(), 600)))
                    .limit(20)
                    .toList();
        }
    }
}
