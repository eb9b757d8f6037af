package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.BusyClients;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Journal;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever ends a node under load, no assignment of an answer is lost. */
class AssignmentLossIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int CLIENTS = 4;
    private static final int KILLS = 10;
    private static final int STOPS = 3;
    private static final long SEED = 20260;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final String topic = Neighbours.unique("assignments");
    private final Map<String, List<String>> answers = new LinkedHashMap<>();
    private int answered;

    @BeforeEach
    void writeRuleset() throws IOException {
        Files.writeString(directory.resolve("ruleset.json"), Documents.digits());
    }

    @Test
    void keepsEveryAnsweredAssignmentThroughTenKills() {
        Random random = new Random(SEED);
        for (int kill = 0; kill < KILLS; kill++) {
            try (JarNode node = start();
                    BusyClients clients = BusyClients.start(node, "kill-" + kill, CLIENTS)) {
                clients.awaitMore(1 + random.nextInt(2_000));
                node.kill();
                take(clients.awaitEnd());
            }
        }
        try (JarNode node = start()) {
            awaitDelivered(node);
            LedgerMetrics ledger = LedgerMetrics.of(node).assertBalanced();
            Journal journal = read();
            System.out.printf(
                    "kill -9: seed %d, %d answers, %d assignments and %d further copies in Kafka, %s%n",
                    SEED, answered, journal.size(), journal.copies(), ledger);

            // A record torn by a kill is counted as lost; its request was never answered.
            assertThat(ledger.lost().keySet()).isSubsetOf("torn");
            assertThat(ledger.delivered()).isEqualTo(journal.size());
            assertThat(answers.keySet()).isSubsetOf(journal.variants().keySet());
            journal.variants().forEach(this::assertAnsweredInThisOrderButForTheLast);
        }
    }

    /** The one that was under way when the node was killed may have been recorded, and its answer lost. */
    private void assertAnsweredInThisOrderButForTheLast(String user, List<String> recorded) {
        List<String> expected = answers.getOrDefault(user, List.of());
        assertThat(recorded).as(user).startsWith(expected.toArray(String[]::new));
        assertThat(recorded).as(user).hasSizeLessThanOrEqualTo(expected.size() + 1);
    }

    @Test
    void answersEveryRequestAndDeliversEveryEventBeforeAGracefulShutdown() {
        for (int stop = 0; stop < STOPS; stop++) {
            try (JarNode node = start();
                    BusyClients clients = BusyClients.start(node, "term-" + stop, CLIENTS)) {
                clients.awaitMore(1_000);
                assertThat(node.terminate(SOON)).isEqualTo(143);
                take(clients.awaitEnd());
                assertThat(clients.breaks()).as("stop %d", stop).isEmpty();
                assertThat(clients.refusals()).isEqualTo(CLIENTS);
            }
            assertThat(read().variants()).as("after stop %d", stop).isEqualTo(answers);
        }
        assertThat(read().copies()).isZero();
        try (JarNode node = start()) {
            assertThat(node.process().output()).noneMatch(line -> line.contains("earlier run"));
            assertThat(LedgerMetrics.of(node).assertBalanced())
                    .isEqualTo(new LedgerMetrics(answered, 0, 0, 0, 0, answered, 0, Map.of()));
        }
    }

    private JarNode start() {
        JarNode node = JarNode.start(NodeSettings.of(directory, "node")
                .set("rulesets.file", directory.resolve("ruleset.json"))
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", topic)
                // Some segments in each run.
                .set("assignments.segment-bytes", 1 << 18)
                // A slow machine must not cause timeouts.
                .set("evaluation.timeout", "10s"));
        node.awaitReady();
        return node;
    }

    private void take(BusyClients clients) {
        assertThat(clients.failures()).isEmpty();
        answers.putAll(clients.answers());
        answered += clients.count();
    }

    private void awaitDelivered(JarNode node) {
        Await.value(
                "all events are delivered", SOON, () -> LedgerMetrics.of(node).spooled(), seen -> seen == 0);
    }

    private Journal read() {
        return Journal.read(Neighbours.kafka().bootstrapServers(), topic);
    }
}
