package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.AmplitudeStandIn;
import io.variate.it.harness.AmplitudeStandIn.Arrival;
import io.variate.it.harness.AmplitudeStandIn.Fault;
import io.variate.it.harness.AmplitudeStandIn.Project;
import io.variate.it.harness.AmplitudeStandIn.Resource;
import io.variate.it.harness.BusyClients;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Journal;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Assignments on their way to an ingestion API that fails in every documented way, while what sends them is killed. The
 * profile {@code long} sends 100,000 through ten kills instead of 10,000 through three.
 */
class ForwarderIT {
    /** A pause after each fault, for each chunk of a partition. */
    private static final Duration SOON = LongRun.either(Duration.ofMinutes(4), Duration.ofMinutes(15));

    private static final int EVENTS = LongRun.either(6_000, 100_000);
    private static final int KILLS = LongRun.either(2, 10);
    private static final int CLIENTS = 4;
    private static final long SEED = 20261;
    private static final double SHARE_OF_FAULTS = 0.25;
    private static final Fault[] FAULTS = {
        Fault.SLOW,
        Fault.RATE_LIMIT,
        Fault.RATE_LIMIT_WITH_RETRY_AFTER,
        Fault.THROTTLED_DEVICES,
        Fault.SERVER_ERROR,
        Fault.HTML_ERROR,
        Fault.UNAVAILABLE,
        Fault.TOO_LARGE,
        Fault.TRUNCATED_JSON,
        Fault.TRUNCATED_BODY,
        Fault.WRONG_CONTENT,
        Fault.PAGE,
        Fault.RESET,
        Fault.LOST_ANSWER
    };

    private static final Project SHOP = new Project("101", "api-key-of-shop", "secret-shop", "management-shop");

    /** The stand-in rejects the events of these users permanently. */
    private static final String BAD = "-3";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final AmplitudeStandIn amplitude = new AmplitudeStandIn();
    private final String topic = Neighbours.unique("forwarded");
    private final Map<String, List<String>> answers = new LinkedHashMap<>();
    private int answered;

    @BeforeEach
    void start() throws IOException {
        Files.writeString(directory.resolve("ruleset.json"), Documents.digits());
        // Another forwarder takes over from a killed one sooner than by default.
        Files.writeString(
                directory.resolve("kafka.properties"), "session.timeout.ms=2000\nheartbeat.interval.ms=500\n");
        amplitude.add(SHOP);
        amplitude.rejectEvents(event -> event.getString("user_id").endsWith(BAD));
        amplitude.failAtRandom(Resource.EVENTS, SHARE_OF_FAULTS, SEED, FAULTS);
    }

    @AfterEach
    void stop() {
        amplitude.close();
    }

    private NodeSettings node(String id) {
        return NodeSettings.of(directory, id)
                .set("rulesets.file", directory.resolve("ruleset.json"))
                .set("admin.token", JarNode.TOKEN)
                // Some segments in each run.
                .set("assignments.segment-bytes", 1 << 20)
                .set("evaluation.timeout", "10s");
    }

    private NodeSettings forwarding(NodeSettings settings) {
        return settings.set("amplitude.events", true)
                .set("amplitude.url", amplitude.eventsUrl())
                .set("amplitude.api-key", SHOP.apiKey())
                .set("amplitude.max-batch-size", EVENTS / 50)
                .set("amplitude.timeout", "500ms");
    }

    private NodeSettings withKafka(NodeSettings settings) {
        return settings.set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", topic);
    }

    @Test
    void deliversEachAssignmentOfANodeWithoutKafkaThroughFaultsAndKills() {
        for (int kill = 0; kill < KILLS; kill++) {
            try (JarNode node = startNode();
                    BusyClients clients = BusyClients.start(node, "kill-" + kill, CLIENTS)) {
                clients.awaitMore(EVENTS / (KILLS + 1));
                node.kill();
                take(clients.awaitEnd());
            }
        }
        try (JarNode node = startNode()) {
            try (BusyClients clients = BusyClients.start(node, "last", CLIENTS)) {
                clients.awaitMore(Math.max(1, EVENTS - answered));
                take(clients.stop());
            }
            Duration took = Await.value(
                    "all events are delivered",
                    SOON,
                    () -> LedgerMetrics.of(node).spooled(),
                    seen -> seen == 0);
            LedgerMetrics ledger = LedgerMetrics.of(node).assertBalanced();
            report("without Kafka", took, ledger);
            // A record torn by a kill is counted as lost; its request was never answered.
            assertThat(ledger.lost().keySet()).isSubsetOf("torn", "refused");
            assertThat(ledger.delivered()).isEqualTo(amplitude.arrived());
            assertSecretsAreHidden(node);
        }
        assertAllArrivedInOrder();
    }

    private JarNode startNode() {
        JarNode node = JarNode.start(forwarding(node("node")));
        node.awaitReady();
        return node;
    }

    @Test
    void deliversEachAssignmentOfTheTopicThroughFaultsAndKillsOfForwardersThatShareIt() {
        List<JarNode> forwarders = new ArrayList<>();
        try (JarNode node = JarNode.start(withKafka(node("node").set("node.roles", "http,evaluator,analytics")))) {
            node.awaitReady();
            forwarders.add(launchForwarder(0));
            for (int kill = 1; kill <= KILLS; kill++) {
                forwarders.add(launchForwarder(kill));
                forwarders.forEach(JarNode::awaitUp);
                JarNode reader = load(node, "kill-" + kill, EVENTS / (KILLS + 1), forwarders);
                forwarders.remove(reader);
                reader.kill();
            }
            JarNode forwarder = load(node, "last", Math.max(1, EVENTS - answered), forwarders);
            Await.value(
                    "all events are in the topic",
                    SOON,
                    () -> LedgerMetrics.of(node).spooled(),
                    seen -> seen == 0);
            LedgerMetrics ledger = LedgerMetrics.of(node).assertBalanced();
            Set<String> expected = goodInsertIds(Journal.read(Neighbours.kafka().bootstrapServers(), topic));
            Duration took = Await.value("all events arrive", SOON, amplitude::arrived, seen -> seen >= expected.size());
            report("with Kafka", took, ledger);
            assertThat(ledger.lost()).isEmpty();
            assertThat(insertIds()).isEqualTo(expected);
            assertForwarderBalances(forwarder);
            assertSecretsAreHidden(forwarder);
        } finally {
            forwarders.forEach(JarNode::close);
        }
        assertAllArrivedInOrder();
    }

    private JarNode launchForwarder(int number) {
        return JarNode.launch(forwarding(withKafka(node("forwarder-" + number)))
                .set("node.roles", "forwarder")
                .set("kafka.properties-file", directory.resolve("kafka.properties")));
    }

    /** Sends users until some of their events arrive, and returns the forwarder that reads the topic. */
    private JarNode load(JarNode node, String name, int requests, List<JarNode> forwarders) {
        List<Double> before = forwarders.stream().map(ForwarderIT::received).toList();
        int arrived = amplitude.arrived();
        try (BusyClients clients = BusyClients.start(node, name, CLIENTS)) {
            clients.awaitMore(requests);
            take(clients.stop());
        }
        Await.until("some events arrive", SOON, () -> amplitude.arrived() > arrived);
        AtomicReference<JarNode> reader = new AtomicReference<>();
        Await.until("a forwarder reads the topic", SOON, () -> {
            for (int i = 0; i < forwarders.size(); i++) {
                if (received(forwarders.get(i)) > before.get(i)) {
                    reader.set(forwarders.get(i));
                }
            }
            return reader.get() != null;
        });
        return Objects.requireNonNull(reader.get());
    }

    private static double received(JarNode forwarder) {
        return forwarder.metric("variate_forwarder_received", "");
    }

    private static void assertForwarderBalances(JarNode forwarder) {
        Await.value(
                "the forwarder has settled all events",
                SOON,
                () -> forwarder.metric("variate_forwarder_pending", ""),
                seen -> seen == 0);
        double received = received(forwarder);
        double delivered = forwarder.metric("variate_forwarder_delivered", "");
        assertThat(received).isPositive();
        assertThat(delivered + forwarder.metric("variate_forwarder_rejected", ""))
                .isEqualTo(received);
    }

    /** Some errors of the stand-in quote the API key. */
    private static void assertSecretsAreHidden(JarNode node) {
        assertThat(node.process().output()).noneMatch(line -> line.contains(SHOP.apiKey()));
        assertThat(node.metrics()).doesNotContain(SHOP.apiKey());
        assertThat(node.readiness().body()).doesNotContain(SHOP.apiKey());
        assertThat(node.ledger().encode()).doesNotContain(SHOP.apiKey());
    }

    private void report(String how, Duration took, LedgerMetrics ledger) {
        System.out.printf(
                "forwarder %s: seed %d, %d answers, %d arrived and %d again in %d requests; the last %d ms after the load, %s%n",
                how,
                SEED,
                answered,
                amplitude.arrived(),
                amplitude.repeats(),
                amplitude.requests(Resource.EVENTS),
                took.toMillis(),
                ledger);
    }

    private void take(BusyClients clients) {
        assertThat(clients.failures()).isEmpty();
        answers.putAll(clients.answers());
        answered += clients.count();
    }

    private Set<String> insertIds() {
        return amplitude.arrivals().stream().map(Arrival::insertId).collect(Collectors.toSet());
    }

    private static Set<String> goodInsertIds(Journal journal) {
        return journal.insertIds().stream()
                .filter(id -> !id.substring(0, id.indexOf(' ')).endsWith(BAD))
                .collect(Collectors.toSet());
    }

    /** Each answered assignment of a user arrived, in the order of the answers. Those of a kill may have one more. */
    private void assertAllArrivedInOrder() {
        Map<String, List<String>> arrived = new LinkedHashMap<>();
        for (Arrival arrival : amplitude.arrivals()) {
            assertThat(arrival.apiKey()).isEqualTo(SHOP.apiKey());
            arrived.computeIfAbsent(arrival.user(), none -> new ArrayList<>()).add(withoutDay(arrival.insertId()));
        }
        answers.forEach((user, variants) -> {
            List<String> expected = variants.stream()
                    .map(each -> user + " null " + (user + " null " + each).hashCode())
                    .toList();
            List<String> found = arrived.getOrDefault(user, List.of());
            if (user.endsWith(BAD)) {
                assertThat(found).as(user).isEmpty();
            } else {
                assertThat(found).as(user).startsWith(expected.toArray(String[]::new));
                assertThat(found).as(user).hasSizeLessThanOrEqualTo(expected.size() + 1);
            }
        });
    }

    private static String withoutDay(String insertId) {
        return insertId.substring(0, insertId.lastIndexOf(' '));
    }
}
