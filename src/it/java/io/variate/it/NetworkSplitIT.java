package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Lan;
import io.variate.it.harness.Lan.Machine;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.Passage;
import io.variate.it.harness.SteadyLoad;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes that evaluate and one that asks them, of which the network cuts the oldest off, and from the database too.
 */
class NetworkSplitIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration HEALED_IN = Duration.ofSeconds(10);
    private static final Duration SPLIT = LongRun.either(Duration.ofSeconds(8), Duration.ofSeconds(60));
    private static final int HAZELCAST = 5701;

    /** Of requests to one node. */
    private static final Duration PERIOD = Duration.ofMillis(20);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private final String database = Neighbours.database();
    private final Lan lan = Lan.of(4);
    private final List<Passage> passages = IntStream.range(0, 3)
            .mapToObj(number -> Passage.from(
                    lan.machine(number).test(), Neighbours.postgres().port()))
            .toList();

    @SuppressWarnings("NullAway.Init")
    private JarNode lonely;

    @SuppressWarnings("NullAway.Init")
    private JarNode two;

    @SuppressWarnings("NullAway.Init")
    private JarNode three;

    @SuppressWarnings("NullAway.Init")
    private JarNode front;

    @BeforeEach
    void startTheOneThatWillBeCutOffFirst() {
        lonely = start("lonely", 0);
        lonely.awaitReady();
        lonely.putRuleset(Documents.colour("teal"));
        two = JarNode.launch(evaluator("two", 1), lan.machine(1));
        three = JarNode.launch(evaluator("three", 2), lan.machine(2));
        front = JarNode.launch(node("front", 3).set("node.roles", "http"), lan.machine(3));
        List.of(two, three, front).forEach(node -> node.awaitUp().awaitReady());
        awaitServed("teal", two, three, front);
        awaitOneCluster();
    }

    @AfterEach
    void stop() {
        Stream.of(lonely, two, three, front).forEach(JarNode::close);
        passages.forEach(Passage::close);
        lan.close();
    }

    @Test
    void bothSidesOfANetworkSplitAnswerAndMergeAfterIt() {
        String teal = Documents.colourAnswer("teal");
        String pink = Documents.colourAnswer("pink");
        List<SteadyLoad> loads = new ArrayList<>();
        Stream.of(lonely, two, three, front).forEach(node -> loads.add(SteadyLoad.start(node, PERIOD, teal, pink)));
        try {
            loads.forEach(load -> load.awaitMore(50));

            long split = System.nanoTime();
            lan.machine(0).unplug();
            passages.get(0).cut();
            Await.until("another node reads the database", SOON, () -> Stream.of(two, three)
                    .anyMatch(node -> node.dependency("postgres").equals("up")));
            System.out.printf("split: another node reads the database after %d ms%n", millisSince(split));
            long revision = three.putRuleset(Documents.colour("pink"));
            awaitServed("pink", two, three, front);
            assertThat(lonely.revision(Documents.KEY)).isLessThan(revision);
            Await.value(
                    "the split has lasted",
                    SPLIT.plusSeconds(1),
                    () -> millisSince(split),
                    seen -> seen >= SPLIT.toMillis());
            loads.forEach(load -> load.awaitMore(50));

            lan.machine(0).plugIn();
            long healed = System.nanoTime();
            Await.value(
                    "the one cut off serves what the others do",
                    HEALED_IN,
                    () -> lonely.revision(Documents.KEY),
                    seen -> seen == revision);
            System.out.printf("split: all serve the new revision %d ms after it has healed%n", millisSince(healed));
            assertThat(lonely.origin()).isEqualTo("cluster");
            awaitOneCluster();
            System.out.printf("split: all nodes reach all over the bus %d ms after it%n", millisSince(healed));
            passages.get(0).restore();
            loads.forEach(load -> load.awaitMore(50));

            List<Set<String>> answered = loads.stream().map(SteadyLoad::stop).toList();
            loads.forEach(load -> assertThat(load.failures()).isEmpty());
            long answers = answered.stream().mapToLong(Set::size).sum();
            System.out.printf("split: %d answers, none failed%n", answers);
            everyEvaluatorIsAskedByTheFront();
            theBooksBalance();
        } finally {
            loads.forEach(SteadyLoad::close);
        }
    }

    private void everyEvaluatorIsAskedByTheFront() {
        for (JarNode evaluator : List.of(lonely, two, three)) {
            double before = evaluated(evaluator);
            Await.until("the front asks each evaluator", SOON, () -> {
                front.vardata(Documents.KEY, Map.of("user_id", "from-the-front"));
                return evaluated(evaluator) > before;
            });
        }
    }

    private void theBooksBalance() {
        for (JarNode node : List.of(lonely, two, three)) {
            JsonObject all = node.ledger().getJsonObject("cluster");
            long lost = all.getJsonObject("lost").stream()
                    .mapToLong(cause -> ((Number) cause.getValue()).longValue())
                    .sum();
            assertThat(lost).isZero();
            assertThat(all.getLong("evaluated") + all.getLong("exposures") + all.getLong("received"))
                    .isEqualTo(all.getLong("untracked")
                            + all.getLong("deduplicated")
                            + all.getLong("delivered")
                            + all.getLong("spooled"));
        }
    }

    /** Each requests the ledger of every other. */
    private void awaitOneCluster() {
        for (JarNode node : List.of(lonely, two, three, front)) {
            Await.until("all nodes answer " + node.url(), HEALED_IN, () -> {
                JsonObject all = node.ledger().getJsonObject("cluster");
                return all.getJsonArray("nodes").size() == 3 && !all.getBoolean("partial");
            });
        }
    }

    private static double evaluated(JarNode node) {
        return node.metric("variate_assignments_evaluated", "");
    }

    private static void awaitServed(String value, JarNode... nodes) {
        Await.until("all serve " + value, SOON, () -> Stream.of(nodes)
                .allMatch(node -> node.vardata(Documents.KEY, Map.of("user_id", "u"))
                        .body()
                        .equals(Documents.colourAnswer(value))));
    }

    private static long millisSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1_000_000;
    }

    private JarNode start(String id, int number) {
        return JarNode.launch(evaluator(id, number), lan.machine(number)).awaitUp();
    }

    private NodeSettings evaluator(String id, int number) {
        String through = database.replaceFirst(
                "@[^/]+",
                "@" + lan.machine(number).test() + ":" + passages.get(number).port());
        return node(id, number).set("postgres.uri", through);
    }

    private NodeSettings node(String id, int number) {
        Machine machine = lan.machine(number);
        return NodeSettings.of(directory, id)
                .joining("split", HAZELCAST)
                .set("cluster.host", machine.address())
                .set(
                        "cluster.members",
                        String.join(
                                ",",
                                IntStream.range(0, 4)
                                        .mapToObj(each -> lan.machine(each).address())
                                        .toList()))
                .set("http.host", machine.outside())
                .set("admin.host", machine.outside())
                .set("admin.token", JarNode.TOKEN)
                // A question that meets the node cut off is asked once more, of another.
                .set("evaluation.timeout", "4s")
                .set("assignments.flush-timeout", "1ms");
    }
}
