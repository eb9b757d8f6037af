package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EventsReader;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that clients send, from the answer to Kafka. */
class EventsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int KILLS = 3;
    private static final int EVENTS_IN_A_REQUEST = 20;
    private static final String TRAILER = """
                        ,"zone":"us","node":"node","received_time":\\d{13}}""";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final String topic = Neighbours.unique("events");
    private final Random random = new Random(7);
    private int made;

    @BeforeEach
    void writeRuleset() throws IOException {
        Files.writeString(directory.resolve("ruleset.json"), Documents.colour("teal"));
    }

    @Test
    void everyConfirmedEventReachesTheTopicUnchangedAfterAKill() {
        Map<String, String> confirmed = new HashMap<>();
        for (int kill = 0; kill < KILLS; kill++) {
            try (JarNode node = JarNode.start(node("node"))) {
                node.awaitReady();
                // On a busy machine no later request may be answered before the kill.
                confirmed.putAll(post(node));
                CompletableFuture<Void> end = CompletableFuture.runAsync(() -> {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(800)));
                    node.kill();
                });
                postUntilItIsGone(node, confirmed);
                end.join();
            }
        }
        try (JarNode node = JarNode.start(node("node"))) {
            node.awaitReady();
            Await.value(
                    "all events are delivered",
                    SOON,
                    () -> LedgerMetrics.of(node).spooled(),
                    seen -> seen == 0);
            LedgerMetrics ledger = LedgerMetrics.of(node).assertBalanced();
            Map<String, String> delivered = delivered();
            System.out.printf(
                    "kill -9: %d events confirmed, %d in Kafka, %s%n", confirmed.size(), delivered.size(), ledger);

            assertThat(ledger.lost().keySet()).isSubsetOf("torn");
            assertThat(ledger.evaluated() + ledger.exposures()).isZero();
            assertThat(ledger.delivered()).isEqualTo(delivered.size());
            confirmed.forEach((id, sent) -> assertThat(delivered.get(id))
                    .as("%s", id)
                    .startsWith(sent.substring(0, sent.length() - 1))
                    .satisfies(value ->
                            assertThat(value.substring(sent.length() - 1)).matches(TRAILER)));
        }
    }

    /** By insert id; whatever copies there are must be equal. */
    private Map<String, String> delivered() {
        Map<String, String> delivered = new HashMap<>();
        for (EventsReader.Event event : Neighbours.events(topic)) {
            String id = new JsonObject(event.value()).getString("insert_id");
            String first = delivered.putIfAbsent(id, event.value());
            assertThat(event.value()).isEqualTo(first == null ? event.value() : first);
        }
        return delivered;
    }

    private void postUntilItIsGone(JarNode node, Map<String, String> confirmed) {
        try {
            while (true) {
                confirmed.putAll(post(node));
            }
        } catch (UncheckedIOException gone) {
            return;
        }
    }

    /** Sends some events, and returns them once they are confirmed. */
    private Map<String, String> post(JarNode node) {
        Map<String, String> sent = new HashMap<>();
        while (sent.size() < EVENTS_IN_A_REQUEST) {
            String id = "id-" + made++;
            sent.put(id, event(id, "user-" + random.nextInt(100)));
        }
        assertThat(node.post("/batch", upload(sent.values())).statusCode()).isEqualTo(200);
        return sent;
    }

    @Test
    void anHttpOnlyNodeForwardsEventsToEvaluators() {
        String cluster = Neighbours.unique("events");
        String others = topic + "_others";
        List<Integer> ports = FreePorts.some(3);
        try (JarNode evaluator = JarNode.start(
                        node("evaluator").joining(cluster, ports.get(0)).set("node.roles", "evaluator"));
                JarNode analytics = JarNode.launch(node("analytics")
                        .joining(cluster, ports.get(1), ports.get(0))
                        .set("events.forward-topic", others)
                        .set("node.roles", "analytics"));
                JarNode front = JarNode.launch(node("front")
                        .joining(cluster, ports.get(2), ports.get(0))
                        .set("events.forward-topic", others)
                        .set("node.roles", "http"))) {
            analytics.awaitUp();
            front.awaitUp().awaitReady();
            Set<String> sent = new HashSet<>();
            for (int i = 0; i < 2_500; i++) {
                sent.add(event("id-" + i, "user-" + i));
            }
            String other = """
                        {"user_id":"viewer","event_type":"page view"}""";
            List<String> all = new ArrayList<>(sent);
            all.add(other);

            HttpResponse<String> answer = front.post("/batch", upload(all));

            assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
            assertThat(Neighbours.events(others)).containsExactly(new EventsReader.Event("viewer", other));
            assertThat(evaluator.ledger().getJsonObject("node").getLong("received"))
                    .isEqualTo(2_500);
            Await.value(
                    "all events are delivered",
                    SOON,
                    () -> LedgerMetrics.of(evaluator).spooled(),
                    seen -> seen == 0);
            LedgerMetrics.of(evaluator).assertBalanced();
            assertThat(Neighbours.events(topic).stream()
                            .map(EventsReader.Event::value)
                            .map(value -> value.replaceAll(TRAILER.replace(":\"node\"", ":\"front\"") + "$", "}"))
                            .collect(Collectors.toSet()))
                    .isEqualTo(sent);
            assertThat(front.ledger().getJsonObject("cluster").getLong("received"))
                    .isEqualTo(2_500);

            evaluator.kill();
            awaitNoReceiver(front, sent.iterator().next());
            analytics.kill();
            awaitNoReceiver(front, other);
        }
    }

    private static void awaitNoReceiver(JarNode node, String event) {
        Await.value("no node accepts the event", SOON, () -> reason(node, event), seen -> seen.equals("no_node"));
    }

    private static String reason(JarNode node, String event) {
        HttpResponse<String> answer = node.post("/2/httpapi", upload(List.of(event)));
        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(503);
        return new JsonObject(answer.body()).getString("reason");
    }

    private NodeSettings node(String id) {
        return NodeSettings.of(directory, id)
                .set("rulesets.file", directory.resolve("ruleset.json"))
                .set("admin.token", JarNode.TOKEN)
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", topic)
                // Some segments in each run.
                .set("assignments.segment-bytes", 1 << 18);
    }

    private static String event(String id, String user) {
        return """
                {"event_type":"[Experiment] Exposure","user_id":"%s","insert_id":"%s","event_properties":{"n": 1.50, "ü":[ 1e3 ]}}""".formatted(user, id);
    }

    private static String upload(Iterable<String> events) {
        return """
                {"api_key":"%s","events":[%s]}""".formatted(Documents.KEY, String.join(",", events));
    }
}
