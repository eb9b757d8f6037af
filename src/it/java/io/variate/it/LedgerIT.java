package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two evaluator nodes and one without an evaluator: each returns the ledger of the cluster. */
class LedgerIT {
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final int REQUESTS_AT_LEAST = 40;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @SuppressWarnings("NullAway.Init")
    private static JarNode front;

    private static long requests;

    @BeforeAll
    static void start() throws IOException {
        String cluster = Neighbours.unique("ledger");
        List<Integer> ports = FreePorts.some(3);
        Path ruleset = Files.writeString(directory.resolve("ruleset.json"), Documents.colour("teal"));
        one = JarNode.start(node("one")
                .joining(cluster, ports.get(0))
                .set("node.roles", "evaluator,analytics")
                .set("rulesets.file", ruleset));
        two = JarNode.launch(
                node("two").joining(cluster, ports.get(1), ports.get(0)).set("node.roles", "evaluator,analytics"));
        front = JarNode.launch(
                node("front").joining(cluster, ports.get(2), ports.get(0)).set("node.roles", "http"));
        one.awaitReady();
        two.awaitUp().awaitReady();
        front.awaitUp().awaitReady();
    }

    private static NodeSettings node(String id) {
        return NodeSettings.of(directory, id)
                .set("admin.token", JarNode.TOKEN)
                .set("evaluation.timeout", "10s")
                // There is no Kafka: recorded events stay in the spool.
                .set("assignments.flush-timeout", "1ms");
    }

    @AfterAll
    static void stop() {
        List.of(one, two, front).forEach(JarNode::close);
    }

    @Test
    void everyNodeReportsTheLedgerOfTheCluster() {
        everyNodeReportsTheSum();
        reportsANodeThatDoesNotRespondAsMissing();
        theLedgerOfANodeSurvivesARestart();
    }

    private static void everyNodeReportsTheSum() {
        // The front node may need a second to discover both.
        Await.until("both have evaluated", SOON, () -> {
            ask();
            return requests >= REQUESTS_AT_LEAST && evaluated(one) > 0 && evaluated(two) > 0;
        });

        for (JarNode asked : List.of(one, two, front)) {
            JsonObject all = asked.ledger().getJsonObject("cluster");
            assertThat(all.getJsonArray("nodes")).isEqualTo(JsonArray.of("one", "two"));
            assertThat(all.getJsonArray("missing")).isEmpty();
            assertThat(all.getBoolean("partial")).isFalse();
            assertThat(all.getLong("evaluated")).isEqualTo(requests);
            assertThat(all.getLong("spooled")).isEqualTo(requests);
            assertThat(all.getJsonObject("lag").getLong("bytes")).isPositive();
        }
        assertThat(one.ledger().getJsonObject("node").getString("id")).isEqualTo("one");
        assertThat(evaluated(two)).isEqualTo(requests - evaluated(one));
        assertThat(evaluated(front)).isZero();
        assertThat(new JsonObject(front.readiness().body())
                        .getJsonObject("assignments")
                        .getString("status"))
                .isEqualTo("none");
    }

    private static void reportsANodeThatDoesNotRespondAsMissing() {
        long ofOne = evaluated(one);
        two.process().sendSignal("STOP");
        try {
            long start = System.nanoTime();
            JsonObject all = one.ledger().getJsonObject("cluster");
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(all.getJsonArray("nodes")).isEqualTo(JsonArray.of("one"));
            assertThat(all.getJsonArray("missing")).isEqualTo(JsonArray.of("two"));
            assertThat(all.getBoolean("partial")).isTrue();
            assertThat(all.getLong("evaluated")).isEqualTo(ofOne);
            assertThat(took).isLessThan(Duration.ofSeconds(5));
            System.out.printf("ledger: without an answer of one node after %d ms%n", took.toMillis());
        } finally {
            two.process().sendSignal("CONT");
        }
        Await.until("both nodes are in the ledger again", SOON, () -> !partial(one));
        assertThat(one.ledger().getJsonObject("cluster").getLong("evaluated")).isEqualTo(requests);
    }

    private static void theLedgerOfANodeSurvivesARestart() {
        long ofOne = evaluated(one);
        one.kill();
        Await.value(
                "the killed node has left the ledger",
                SOON,
                () -> front.ledger().getJsonObject("cluster").getJsonArray("nodes"),
                seen -> seen.equals(JsonArray.of("two")));

        try (JarNode again = JarNode.start(node("one").set("node.roles", "evaluator,analytics"))) {
            JsonObject own = again.ledger().getJsonObject("node");
            assertThat(own.getLong("evaluated")).isEqualTo(ofOne);
            assertThat(own.getLong("spooled")).isEqualTo(ofOne);
        }
    }

    private static void ask() {
        assertThat(front.vardata(Documents.KEY, Map.of("user_id", "user-" + requests++))
                        .statusCode())
                .isEqualTo(200);
    }

    private static long evaluated(JarNode node) {
        return node.ledger().getJsonObject("node").getLong("evaluated");
    }

    private static boolean partial(JarNode node) {
        return node.ledger().getJsonObject("cluster").getBoolean("partial");
    }
}
