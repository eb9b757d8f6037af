package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Nodes of one cluster, with PostgreSQL and Kafka, that end and are started again over the data that they left. */
public final class Fleet implements AutoCloseable {
    public static final Duration SOON = Duration.ofSeconds(30);

    private final AtomicInteger generation = new AtomicInteger();
    private final String topic = Neighbours.unique("fleet");
    private final String database = Neighbours.database();
    private final Map<String, NodeSettings> settings = new LinkedHashMap<>();
    private final Map<String, JarNode> nodes = new ConcurrentHashMap<>();
    private final Path directory;
    private final String bootstrapServers;

    /**
     * Configures the nodes and starts none.
     *
     * @param special changes the settings of every node
     */
    public Fleet(Path directory, String bootstrapServers, List<String> names, UnaryOperator<NodeSettings> special) {
        this.directory = directory;
        this.bootstrapServers = bootstrapServers;
        String cluster = Neighbours.unique("fleet");
        List<Integer> ports = FreePorts.some(names.size());
        for (int i = 0; i < names.size(); i++) {
            settings.put(names.get(i), special.apply(common(names.get(i)).joining(cluster, ports, i)));
        }
    }

    /** A fleet without Kafka. */
    public Fleet(Path directory, List<String> names, UnaryOperator<NodeSettings> special) {
        this(directory, "", names, special);
    }

    private NodeSettings common(String name) {
        return NodeSettings.of(directory, name)
                .set("postgres.uri", database)
                .set("admin.token", JarNode.TOKEN)
                .set("kafka.bootstrap-servers", bootstrapServers)
                .set("kafka.topic", topic);
    }

    public String database() {
        return database;
    }

    /** The Kafka topic of assignment events. */
    public String topic() {
        return topic;
    }

    public NodeSettings settings(String name) {
        return Objects.requireNonNull(settings.get(name), name);
    }

    /** Starts a node, and waits until it is ready. */
    public JarNode start(String name) {
        JarNode node = launch(name).awaitUp();
        node.awaitReady();
        return node;
    }

    /** Starts a node and returns at once. */
    public JarNode launch(String name) {
        JarNode node = JarNode.launch(settings(name));
        nodes.put(name, node);
        return node;
    }

    /** Starts a node from the jar of another release and returns at once. */
    public JarNode launch(String name, Path jar) {
        JarNode node = JarNode.launch(settings(name), jar);
        nodes.put(name, node);
        return node;
    }

    /** The latest start of a node. */
    public JarNode node(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    /** Suspends a node for that long and runs an action meanwhile. */
    public void pause(String name, Duration time, Runnable meanwhile) {
        long moment = System.nanoTime();
        node(name).process().sendSignal("STOP");
        try {
            meanwhile.run();
            Await.until("the pause is over", time.multipliedBy(2), () -> System.nanoTime() - moment >= time.toNanos());
        } finally {
            node(name).process().sendSignal("CONT");
        }
    }

    /** A generation that no earlier call returned, the first being 1. */
    public int nextGeneration() {
        return generation.incrementAndGet();
    }

    /** Waits until the nodes serve a generation. */
    public Duration awaitGeneration(int generation, Duration atMost, Set<String> names) {
        return Await.until("all serve generation " + generation, atMost, () -> names.stream()
                .allMatch(name -> generation(node(name)) == generation));
    }

    private static int generation(JarNode node) {
        return Generations.of(
                node.vardata(Documents.KEY, Map.of("user_id", "revision-probe")).body());
    }

    /** Checks that no answer was wrong and no event is lost, whatever failed. */
    public void assertNothingElse(String fault, BalancedLoad load) {
        assertThat(load.wrong()).isEmpty();
        Journal journal = assertNothingLost(load.answers());
        System.out.printf(
                "%s: %d answers, failed %s; in Kafka %d assignments, of them %d again, and %d further copies%n",
                fault,
                load.answered(),
                load.failures().stream().map(BalancedLoad.Failure::what).toList(),
                journal.size(),
                journal.repeats(),
                journal.copies());
    }

    /** Waits until every node has delivered its events, and compares the ledgers, the topic and the answers. */
    public Journal assertNothingLost(Map<String, Set<String>> answers) {
        long delivered = 0;
        awaitDelivery();
        for (JarNode node : nodes.values()) {
            LedgerMetrics ledger = LedgerMetrics.of(node).assertBalanced();
            // A record torn by a kill is counted as lost; its request was never answered.
            assertThat(ledger.lost().keySet()).isSubsetOf("torn");
            delivered += ledger.delivered();
        }
        Journal journal = Journal.read(bootstrapServers, topic);
        assertThat(journal.size()).isEqualTo(delivered);
        answers.forEach((user, told) ->
                assertThat(journal.variants().get(user)).as(user).isNotNull().containsAll(told));
        return journal;
    }

    /** Waits until Kafka has all events of all nodes. */
    public void awaitDelivery() {
        for (JarNode node : nodes.values()) {
            Await.value(
                    "all events are delivered",
                    SOON,
                    () -> LedgerMetrics.of(node).spooled(),
                    seen -> seen == 0);
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(JarNode::close);
    }
}
