package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SteadyLoad;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of two nodes that evaluate for a third one, either may go, in order or not, and users notice nothing. */
class NodeLossIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private final String topic = Neighbours.unique("loss");
    private final String database = Neighbours.database();
    private final String cluster = Neighbours.unique("loss");
    private final List<Integer> ports = FreePorts.some(3);

    @SuppressWarnings("NullAway.Init")
    private JarNode one;

    @SuppressWarnings("NullAway.Init")
    private JarNode two;

    @SuppressWarnings("NullAway.Init")
    private JarNode http;

    @BeforeEach
    void startTwoEvaluatorsAndOneThatAsksThem() {
        one = JarNode.start(evaluator("one", 0));
        one.awaitReady();
        two = JarNode.launch(evaluator("two", 1));
        http = JarNode.launch(node("http", 2).set("node.roles", "http"));
        two.awaitUp().awaitReady();
        http.awaitUp().awaitReady();
        long revision = one.putRuleset(Documents.colour("teal"));
        Await.value("the revision is served", SOON, () -> http.revision(Documents.KEY), seen -> seen == revision);
    }

    @AfterEach
    void stop() {
        List.of(http, one, two).forEach(JarNode::close);
    }

    @Test
    void answersEveryRequestWhileEvaluatorsJoinAndLeave() {
        try (SteadyLoad load = SteadyLoad.start(http, Documents.colourAnswer("teal"))) {
            load.awaitMore(100);
            assertThat(one.terminate(SOON)).isEqualTo(143);
            load.awaitMore(300);

            one = JarNode.start(evaluator("one", 0));
            one.awaitReady();
            // Its ledger continues from the stored numbers.
            double before = evaluated(one);
            Await.value("both nodes evaluate", SOON, () -> evaluated(one), seen -> seen > before);
            load.awaitMore(100);
            // Not before: by now, whatever was lost has had the time to be given up.
            assertThat(load.failures()).as("after SIGTERM").isEmpty();
            two.kill();
            long killed = System.nanoTime();
            load.awaitMore(300);
            System.out.printf(
                    "node loss: 300 answers %d ms after the kill%n", (System.nanoTime() - killed) / 1_000_000);
            Set<String> answered = load.stop();

            assertThat(load.failures()).as("after kill -9").isEmpty();
            System.out.printf("node loss: %d answers, none failed%n", answered.size());
            Await.value(
                    "all events are delivered",
                    SOON,
                    () -> one.metric("variate_assignments_spooled", ""),
                    seen -> seen == 0);
            assertThat(one.metric("variate_assignments_lost", "")).isZero();
        }
    }

    private static double evaluated(JarNode node) {
        return node.metric("variate_assignments_evaluated", "");
    }

    private NodeSettings evaluator(String id, int place) {
        return node(id, place)
                .set("node.roles", "evaluator,analytics")
                .set("postgres.uri", database)
                .set("admin.token", JarNode.TOKEN)
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", topic);
    }

    private NodeSettings node(String id, int place) {
        return NodeSettings.of(directory, id).joining(cluster, ports, place);
    }
}
