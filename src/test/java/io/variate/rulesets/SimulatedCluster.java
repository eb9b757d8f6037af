package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.Cluster;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes with their synchronizers, flag caches and disk snapshots, over a simulated database and network.
 *
 * <p>Every read and write of the database and of the cache waits until a step completes or fails it, and every event of the
 * cache until a step delivers, repeats or drops it. Steps also change the ruleset and the leader, split and heal the
 * cluster, stop, crash and restart nodes, tear snapshots, and remove entries of the cache. All choices come from one random
 * generator, and each step ends when everything is idle, so a seed always takes the same course.
 */
final class SimulatedCluster {
    private static final int NODES = 3;

    private final SequentialVertx vertx;
    private final Random random;
    private final Path directory;
    private final boolean restoresBackups;
    private final RandomChange changes;
    private final SimulatedDatabase database = new SimulatedDatabase();
    private final List<Node> nodes = new ArrayList<>();
    private final SimulatedMap[] caches = {map(0), map(1)};
    private final Queue<Event> events = new ConcurrentLinkedQueue<>();
    private final Queue<Operation> operations = new ConcurrentLinkedQueue<>();
    private final List<String> unmerged = new ArrayList<>();
    private final Queue<RulesetRows> seen = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> mixed = new ConcurrentLinkedQueue<>();
    private final Map<Revision, ServedAnswers> expected = new HashMap<>();
    private final StringBuilder course = new StringBuilder();

    /** The side of the split of each node: all 0 without a split. */
    private final int[] side = new int[NODES];

    private final int[] leader = new int[2];
    private int incarnations;

    /** Whether operations wait for a step and may fail. */
    private boolean disturbed = true;

    /**
     * Starts nothing.
     *
     * @param directory for the snapshots of all nodes
     * @param restoresBackups whether backups of the database are restored, which an operator then settles
     */
    SimulatedCluster(SequentialVertx vertx, Random random, Path directory, boolean restoresBackups) {
        this.vertx = vertx;
        this.random = random;
        this.directory = directory;
        this.restoresBackups = restoresBackups;
        this.changes = new RandomChange(random);
    }

    private record Event(int receiver, String key, Buffer value) {}

    /** An operation of a node that waits for its outcome. */
    private record Operation(int incarnation, String kind, Runnable complete, Runnable fail) {}

    private SimulatedMap map(int index) {
        return new SimulatedMap((key, value) -> {
            for (int i = 0; i < NODES; i++) {
                if (side[i] == index) {
                    events.add(new Event(i, key, Buffer.buffer(value)));
                }
            }
        });
    }

    /** Runs random steps, then ends all disturbances. Returns the course, which depends only on the seed. */
    String run(int steps) throws Exception {
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node(i, directory.resolve("node-" + i)));
            nodes.get(i).start();
        }
        for (int step = 0; step < steps; step++) {
            step();
            vertx.awaitIdle();
            for (int left = random.nextInt(5); left > 0; left--) {
                endOperation();
            }
        }
        settle();
        for (Node node : nodes) {
            assertThat(node.current.rows()).as("node %d", node.index).isEqualTo(database.current());
        }
        checkAnswers();
        return course.toString();
    }

    private void step() throws Exception {
        int action = random.nextInt(20);
        course.append(action)
                .append(nodes.stream().map(Node::revision).toList())
                .append('\n');
        switch (action) {
            case 0, 1, 2, 3, 4, 5 -> change();
            case 6, 7, 8, 9, 10 -> deliver();
            case 11 -> nodes.get(random.nextInt(NODES)).synchronizer.check();
            case 12 -> leader[random.nextInt(2)] = random.nextInt(NODES);
            case 13 -> splitOrHeal();
            case 14 -> restart(random.nextInt(NODES));
            case 15 -> crash(random.nextInt(NODES));
            case 16 -> loseEntries();
            case 17 -> vertx.occupy();
            case 18 -> restoreOrRecover();
            default -> checkAnswers();
        }
        if (action > 17 || random.nextInt(3) == 0) {
            vertx.release();
        }
    }

    /** Commits a change. The leaders are mostly notified. */
    private void change() throws Exception {
        Ruleset known = nodes.get(random.nextInt(NODES)).current.get();
        database.commit(rows -> changes.applyTo(rows, known == null ? KnownFlags.NONE : known.known()));
        for (int each : leader) {
            if (random.nextInt(4) > 0) {
                nodes.get(each).synchronizer.check();
                vertx.awaitIdle();
            }
        }
    }

    private void deliver() throws Exception {
        for (int left = random.nextInt(6); left > 0; left--) {
            List<Event> waiting = List.copyOf(events);
            if (waiting.isEmpty()) {
                return;
            }
            Event event = waiting.get(random.nextInt(waiting.size()));
            int fate = random.nextInt(6);
            if (fate > 0) {
                nodes.get(event.receiver())
                        .connection
                        .deliver(event.key(), event.value().getBytes());
            }
            if (fate < 5) {
                events.remove(event);
            }
            vertx.awaitIdle();
        }
    }

    private void endOperation() throws Exception {
        List<Operation> waiting = operations.stream()
                .sorted(Comparator.comparing(Operation::incarnation).thenComparing(Operation::kind))
                .toList();
        if (!waiting.isEmpty()) {
            Operation operation = waiting.get(random.nextInt(waiting.size()));
            operations.remove(operation);
            (random.nextInt(6) == 0 ? operation.fail() : operation.complete()).run();
            vertx.awaitIdle();
        }
    }

    private void splitOrHeal() {
        if (!unmerged.isEmpty()) {
            mergeEntries(1 + random.nextInt(unmerged.size()));
        } else if (Arrays.stream(side).sum() > 0) {
            heal();
            mergeEntries(random.nextInt(unmerged.size() + 1));
        } else {
            caches[1].copy(caches[0]);
            side[random.nextInt(NODES)] = 1;
        }
    }

    private void heal() {
        Arrays.fill(side, 0);
        unmerged.addAll(new TreeSet<>(caches[1].keys()));
        Collections.shuffle(unmerged, random);
    }

    private void mergeEntries(int count) {
        for (int i = 0; i < count; i++) {
            caches[0].merge(unmerged.remove(0), caches[1]);
        }
    }

    /** The members that had some entries have died. */
    private void loseEntries() {
        SimulatedMap cache = caches[random.nextInt(2)];
        if (random.nextInt(3) == 0) {
            cache.clear();
        } else {
            List<String> keys = cache.keys().stream().sorted().toList();
            if (!keys.isEmpty()) {
                cache.delete(keys.get(random.nextInt(keys.size())));
            }
        }
    }

    private void restart(int index) throws Exception {
        vertx.release();
        vertx.awaitIdle();
        Node node = nodes.get(index);
        node.stop();
        if (random.nextInt(4) == 0) {
            Files.deleteIfExists(node.snapshot());
        }
        replace(index, node.dataDir);
    }

    /** Ends a node at once, possibly between two writes of the cache, or in a write of its snapshot. */
    private void crash(int index) throws Exception {
        vertx.release();
        vertx.awaitIdle();
        Node node = nodes.get(index);
        if (random.nextBoolean()) {
            node.connection.failAfterWrites(random.nextInt(3));
            for (Operation each : List.copyOf(operations)) {
                if (each.incarnation() == node.incarnation) {
                    operations.remove(each);
                    each.complete().run();
                    vertx.awaitIdle();
                }
            }
        }
        Path dataDir = Files.createDirectories(directory.resolve("crashed-" + node.incarnation));
        if (Files.exists(node.snapshot())) {
            byte[] content = Files.readAllBytes(node.snapshot());
            Files.write(dataDir.resolve(Node.SNAPSHOT), torn(content));
            if (random.nextBoolean()) {
                Files.write(dataDir.resolve(Node.SNAPSHOT + ".new"), torn(content));
            }
        }
        node.stop();
        replace(index, dataDir);
    }

    private byte[] torn(byte[] content) {
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(content, random.nextInt(content.length + 1));
            case 1 -> Arrays.copyOf(content, Math.max(0, content.length - 1 - random.nextInt(100)));
            case 2 -> {
                byte[] longer = Arrays.copyOf(content, content.length + random.nextInt(20));
                Arrays.fill(longer, content.length, longer.length, (byte) random.nextInt());
                yield longer;
            }
            default -> content;
        };
    }

    private void replace(int index, Path dataDir) throws Exception {
        int incarnation = nodes.get(index).incarnation;
        operations.removeIf(operation -> operation.incarnation() == incarnation);
        nodes.set(index, new Node(index, dataDir));
        nodes.get(index).start();
    }

    private void restoreOrRecover() {
        if (restoresBackups && random.nextBoolean()) {
            database.restore(random);
        } else {
            recover();
        }
    }

    /** What an operator does as soon as a node serves what the database does not know. */
    private void recover() {
        boolean isDiverged = nodes.stream()
                .map(node -> node.current.rows())
                .anyMatch(rows -> rows != null && !database.continues(rows.revision()));
        if (isDiverged) {
            RulesetRows newest = seen.stream()
                    .max(Comparator.comparingLong(
                                    (RulesetRows rows) -> rows.revision().number())
                            .thenComparing(rows -> rows.revision().digest().toString()))
                    .orElseThrow();
            database.recover(newest, random.nextBoolean());
        }
    }

    /** Nothing is lost any more, and the operator recovers a diverged database. */
    private void settle() throws Exception {
        vertx.release();
        vertx.awaitIdle();
        disturbed = false;
        if (unmerged.isEmpty()) {
            heal();
        }
        mergeEntries(unmerged.size());
        leader[0] = random.nextInt(NODES);
        while (!operations.isEmpty()) {
            Operation operation = operations.remove();
            operation.complete().run();
            vertx.awaitIdle();
        }
        recover();
        for (int round = 0; round < 3; round++) {
            for (Event event = events.poll(); event != null; event = events.poll()) {
                if (random.nextBoolean()) {
                    nodes.get(event.receiver())
                            .connection
                            .deliver(event.key(), event.value().getBytes());
                }
            }
            for (Node node : nodes) {
                SequentialVertx.await(node.synchronizer.check());
            }
            vertx.awaitIdle();
            recover();
        }
    }

    /** Each node serves some revision of the database, as if it had compiled only that. */
    private void checkAnswers() throws Exception {
        vertx.release();
        vertx.awaitIdle();
        assertThat(mixed).isEmpty();
        for (RulesetRows rows : seen) {
            assertThat(rows.rows()).isEqualTo(database.known(rows.revision()));
        }
        for (Node node : nodes) {
            Ruleset served = node.current.get();
            if (served != null) {
                assertThat(ServedAnswers.of(served))
                        .as("node %d, revision %d", node.index, served.revision())
                        .isEqualTo(expected(served.rows().revision()));
            }
        }
    }

    private ServedAnswers expected(Revision revision) {
        return expected.computeIfAbsent(revision, absent -> {
            RowSet rows = Objects.requireNonNull(database.known(revision));
            return ServedAnswers.expected(new RulesetRows(revision, rows));
        });
    }

    /** Stops all nodes. */
    void stop() throws Exception {
        vertx.release();
        disturbed = false;
        for (Node node : nodes) {
            node.stop();
        }
    }

    /** One start of a node; a restart creates another one. */
    private final class Node {
        private static final String SNAPSHOT = "ruleset.snapshot";

        private final int index;
        private final int incarnation = incarnations++;
        private final Path dataDir;
        private final SimulatedMap.Connection connection;
        private final CurrentRuleset current;
        private final RulesetSynchronizer synchronizer;

        /** While a node starts, its operations end at once; these choices are its own, because it may use any thread. */
        private final Random startLosses = new Random(random.nextLong());

        private volatile boolean starting = true;

        Node(int index, Path dataDir) {
            this.index = index;
            this.dataDir = dataDir;
            this.connection = new SimulatedMap.Connection(() -> side[index], caches);
            SimpleMeterRegistry metrics = new SimpleMeterRegistry();
            this.current = new CurrentRuleset(vertx.vertx(), ServedAnswers.ZONE, Clock.systemUTC(), metrics);
            Members members = new Members(index);
            this.synchronizer = new RulesetSynchronizer(
                    vertx.vertx(),
                    current,
                    new DisturbedCache(
                            this, new HazelcastRulesetCache(vertx.vertx(), connection.hazelcast(), members, metrics)),
                    members,
                    SimulatedDatabase.source(served -> this.<RulesetReading>operation(
                            "read", () -> Future.succeededFuture(database.read(served)))),
                    dataDir,
                    Duration.ofHours(1),
                    metrics);
            current.onChange(this::record);
        }

        private void record(Ruleset served) {
            seen.add(served.rows());
            try {
                ServedAnswers.requireOneRevision(served);
            } catch (AssertionError e) {
                mixed.add(e);
            }
        }

        Path snapshot() {
            return dataDir.resolve(SNAPSHOT);
        }

        long revision() {
            return current.revision();
        }

        void start() throws Exception {
            SequentialVertx.await(synchronizer.start());
            vertx.awaitIdle();
            starting = false;
        }

        void stop() throws Exception {
            SequentialVertx.await(synchronizer.stop());
            vertx.awaitIdle();
        }

        /** Called on the context of the synchronizer. */
        <T extends @Nullable Object> Future<T> operation(String kind, Supplier<Future<T>> work) {
            if (!disturbed || starting) {
                return disturbed && startLosses.nextInt(5) == 0 ? Future.failedFuture("lost") : work.get();
            }
            Context context = vertx.vertx().getOrCreateContext();
            Promise<T> outcome = Promise.promise();
            operations.add(new Operation(
                    incarnation,
                    kind,
                    () -> context.runOnContext(run -> work.get().onComplete(outcome)),
                    () -> context.runOnContext(run -> outcome.fail("lost"))));
            return outcome.future();
        }
    }

    /** The cache of a node, whose operations wait for steps. */
    private record DisturbedCache(Node node, RulesetCache cache) implements RulesetCache {
        @Override
        public Future<@Nullable Revision> head() {
            return node.operation("head", cache::head);
        }

        @Override
        public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
            return node.operation("newest", () -> cache.newest(served));
        }

        @Override
        public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
            return node.operation("publish", () -> cache.publish(delta, after));
        }

        @Override
        public Future<Void> publishWhole(RulesetRows ruleset) {
            return node.operation("publishWhole", () -> cache.publishWhole(ruleset));
        }

        @Override
        public void subscribe(Consumer<RulesetDelta> onDelta, Runnable onHead) {
            cache.subscribe(onDelta, onHead);
        }
    }

    /** Membership as one node sees it. */
    private final class Members implements Cluster {
        private final int index;

        Members(int index) {
            this.index = index;
        }

        @Override
        public int size() {
            return NODES;
        }

        @Override
        public String leader() {
            return String.valueOf(leader[side[index]]);
        }

        @Override
        public void sourceFailed() {
            // Steps change the leader.
        }

        @Override
        public boolean readsSource() {
            return isLeader();
        }

        @Override
        public String member() {
            return String.valueOf(index);
        }

        @Override
        public List<Peer> othersWithLedger() {
            return List.of();
        }

        @Override
        public boolean hasPreviousVersion() {
            return false;
        }

        @Override
        public boolean isSafe() {
            return true;
        }

        @Override
        public boolean isSettled() {
            return true;
        }

        @Override
        public void stop() {
            // Monitors nothing.
        }
    }
}
