package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.KafkaProcess;
import io.variate.it.harness.BusyClients;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Journal;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broker faults under load fail no request, lose no event and keep the order of each user's events. */
class BrokerFaultsIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    /** In the long form, the reconnect backoff of the producer reaches its maximum by then. */
    private static final Duration OUTAGE = LongRun.either(Duration.ofSeconds(4), Duration.ofSeconds(20));

    private static final int CLIENTS = 2;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static KafkaProcess kafka;

    private @Nullable JarNode node;

    @BeforeAll
    static void startKafka() throws IOException {
        kafka = KafkaProcess.start(directory.resolve("kafka"), Map.of("auto.create.topics.enable", "false"));
        Files.writeString(directory.resolve("ruleset.json"), Documents.digits());
        // The producer detects a pause within the timeout of the test.
        Files.writeString(directory.resolve("producer.properties"), "request.timeout.ms=1000\n");
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @AfterEach
    void stopNode() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void deliversEveryEventAfterABrokerOutage() throws Exception {
        createTopic("stopped", Map.of());
        JarNode served = start("stopped");
        try (BusyClients clients = BusyClients.start(served, "stopped", CLIENTS)) {
            awaitFlow(served, clients);
            long start = System.nanoTime();
            kafka.stop();
            Await.until(
                    "the outage is over", OUTAGE.multipliedBy(2), () -> System.nanoTime() - start >= OUTAGE.toNanos());
            assertThat(served.dependency("kafka")).isEqualTo("down");
            assertThat(served.readiness().statusCode()).isEqualTo(200);
            kafka.restart();
            clients.awaitMore(500);

            assertNothingLost(served, "stopped", clients.stop());
        }
    }

    @Test
    void deliversEveryEventAfterABrokerPause() throws Exception {
        createTopic("paused", Map.of());
        JarNode served = start("paused");
        try (BusyClients clients = BusyClients.start(served, "paused", CLIENTS)) {
            awaitFlow(served, clients);
            kafka.pause();
            try {
                awaitDown(served);
                clients.awaitMore(1_000);
            } finally {
                kafka.resume();
            }
            clients.awaitMore(500);

            assertNothingLost(served, "paused", clients.stop());
        }
    }

    @Test
    void deliversEveryEventOnceAMissingTopicIsCreated() throws Exception {
        JarNode served = start("late");
        try (BusyClients clients = BusyClients.start(served, "late", CLIENTS)) {
            awaitDown(served);
            clients.awaitMore(1_000);
            createTopic("late", Map.of());
            clients.awaitMore(500);

            assertNothingLost(served, "late", clients.stop());
        }
    }

    @Test
    void oversizedEventsAreCountedAndDoNotBlockDelivery() throws Exception {
        createTopic("narrow", Map.of("max.message.bytes", "20000"));
        JarNode served = start("narrow");
        List<Integer> poisonous = new ArrayList<>();
        try (BusyClients clients = BusyClients.start(served, "narrow", CLIENTS)) {
            for (int i = 0; i < 20; i++) {
                clients.awaitMore(50);
                String user = incompressible(25_000, i);
                poisonous.add(served.vardata(
                                Documents.KEY,
                                Map.of(
                                        "user_id",
                                        user,
                                        "context",
                                        Documents.digitsUser(i).encode()))
                        .statusCode());
            }
            clients.stop();
            LedgerMetrics ledger = awaitDelivered(served);

            assertThat(poisonous).hasSize(20).containsOnly(200);
            assertThat(clients.failures()).isEmpty();
            assertThat(ledger)
                    .isEqualTo(new LedgerMetrics(
                            clients.count() + 20, 0, 0, 0, 0, clients.count(), 0, Map.of("refused", 20L)));
            assertThat(Journal.read(kafka.bootstrapServers(), "narrow").variants())
                    .isEqualTo(clients.answers());
            assertThat(served.dependency("kafka")).isEqualTo("up");
        }
    }

    private static String incompressible(int size, int seed) {
        StringBuilder text = new StringBuilder();
        new Random(seed).ints(size, 'a', 'z').forEach(text::appendCodePoint);
        return text.toString();
    }

    private JarNode start(String topic) {
        JarNode started = JarNode.start(NodeSettings.of(directory, topic)
                .set("rulesets.file", directory.resolve("ruleset.json"))
                .set("kafka.bootstrap-servers", kafka.bootstrapServers())
                .set("kafka.topic", topic)
                .set("kafka.properties-file", directory.resolve("producer.properties"))
                // A slow machine must not cause timeouts.
                .set("evaluation.timeout", "10s"));
        node = started;
        started.awaitReady();
        return started;
    }

    private static void awaitFlow(JarNode served, BusyClients clients) {
        Await.value("events flow", SOON, () -> LedgerMetrics.of(served).delivered(), seen -> seen > 0);
        clients.awaitMore(500);
    }

    private static void awaitDown(JarNode served) {
        Await.value(
                "the node reports Kafka as down", SOON, () -> served.dependency("kafka"), seen -> seen.equals("down"));
    }

    private static void assertNothingLost(JarNode served, String topic, BusyClients clients) {
        LedgerMetrics ledger = awaitDelivered(served);
        Journal journal = Journal.read(kafka.bootstrapServers(), topic);
        System.out.printf(
                "broker %s: %d answers, %d further copies, %s%n", topic, clients.count(), journal.copies(), ledger);

        assertThat(clients.failures()).isEmpty();
        assertThat(clients.breaks()).isEmpty();
        assertThat(clients.refusals()).isZero();
        assertThat(ledger).isEqualTo(new LedgerMetrics(clients.count(), 0, 0, 0, 0, clients.count(), 0, Map.of()));
        assertThat(journal.variants()).isEqualTo(clients.answers());
        assertThat(served.dependency("kafka")).isEqualTo("up");
    }

    private static LedgerMetrics awaitDelivered(JarNode served) {
        Await.value(
                "all events are delivered", SOON, () -> LedgerMetrics.of(served).spooled(), seen -> seen == 0);
        return LedgerMetrics.of(served).assertBalanced();
    }

    private static void createTopic(String topic, Map<String, String> configuration)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1).configs(configuration)))
                    .all()
                    .get();
        }
    }
}
