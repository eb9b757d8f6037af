package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.Cluster;
import io.variate.rulesets.rows.DeltaChain;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Three nodes, a source and a cache whose deltas are lost, repeated and reordered, while the cluster splits, leaders change,
 * nodes restart and the database is restored. Once that ends, all nodes serve the ruleset of the source.
 */
class SynchronizationModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 25;
    private static final int NODES = 3;
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.variate.rulesets");

    private static @Nullable Level level;
    private static final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void start() {
        level = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void stop() throws Exception {
        LOG.setLevel(level);
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void allNodesEndWithTheRulesetOfTheSource() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path directory = Files.createTempDirectory(memory(), "variate-model");
            try {
                new Run(seed, directory).play();
            } catch (AssertionError | Exception e) {
                throw new AssertionError("seed " + seed, e);
            } finally {
                delete(directory);
            }
        }
    }

    /** Forcing files to a disk would take most of the time. */
    private static Path memory() {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** One run of the model. Deltas of the cache wait in {@link #deliveries} until a step delivers them. */
    private static final class Run {
        private final Random random;
        private final Path directory;
        private final Database database = new Database();
        private final List<Node> nodes = new ArrayList<>();
        private final Memory[] caches = {new Memory(), new Memory()};
        private final List<Runnable> deliveries = new ArrayList<>();
        private final List<Future<?>> checks = new ArrayList<>();
        private final ConcurrentLinkedQueue<RulesetRows> seen = new ConcurrentLinkedQueue<>();

        /** The side of the split of each node: all 0 without a split. */
        private final int[] side = new int[NODES];

        private final int[] leader = new int[2];
        private volatile boolean lossy = true;

        Run(int seed, Path directory) {
            this.random = new Random(seed);
            this.directory = directory;
        }

        void play() throws Exception {
            for (int i = 0; i < NODES; i++) {
                nodes.add(new Node(i));
                nodes.get(i).start();
            }
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            settle();
            for (Node node : nodes) {
                assertThat(node.current.rows()).as("node %d", node.index).isEqualTo(database.current());
            }
            assertThat(seen).isNotEmpty().allSatisfy(rows -> assertThat(rows.rows())
                    .isEqualTo(database.known(rows.revision())));
            for (Node node : nodes) {
                node.stop();
            }
        }

        private void step() throws Exception {
            switch (random.nextInt(13)) {
                case 0, 1, 2, 3 -> database.edit(random);
                case 4, 5, 6 -> deliver();
                case 7 -> checks.add(anyNode().synchronizer.check());
                case 8 -> leader[random.nextInt(2)] = random.nextInt(NODES);
                case 9 -> split();
                case 10 -> restart(random.nextInt(NODES));
                case 11 -> restore();
                default -> await();
            }
            if (random.nextBoolean()) {
                checks.add(nodes.get(leader[random.nextInt(2)]).synchronizer.check());
            }
        }

        private Node anyNode() {
            return nodes.get(random.nextInt(NODES));
        }

        private void deliver() {
            List<Runnable> pushed;
            synchronized (deliveries) {
                pushed = new ArrayList<>(deliveries);
            }
            for (int i = random.nextInt(6); i > 0 && !pushed.isEmpty(); i--) {
                Runnable delivery = pushed.get(random.nextInt(pushed.size()));
                delivery.run();
                if (random.nextInt(4) > 0) {
                    pushed.remove(delivery);
                    synchronized (deliveries) {
                        deliveries.remove(delivery);
                    }
                }
            }
        }

        private void split() {
            boolean isSplit = false;
            for (int each : side) {
                isSplit |= each != 0;
            }
            if (isSplit) {
                heal();
            } else {
                caches[1].copy(caches[0]);
                side[random.nextInt(NODES)] = 1;
            }
        }

        private void heal() {
            caches[0].merge(caches[1]);
            Arrays.fill(side, 0);
        }

        private void restart(int index) throws Exception {
            nodes.get(index).stop();
            if (random.nextInt(4) == 0) {
                Files.deleteIfExists(directory.resolve("node-" + index).resolve("ruleset.snapshot"));
            }
            nodes.set(index, new Node(index));
            nodes.get(index).start();
        }

        private void restore() {
            if (random.nextBoolean()) {
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
                database.recover(
                        seen.stream()
                                .max(Comparator.comparing(
                                        rows -> rows.revision().number()))
                                .orElseThrow(),
                        random.nextBoolean());
            }
        }

        private void await() throws Exception {
            Future.join(checks).otherwiseEmpty().await(20, TimeUnit.SECONDS);
            checks.clear();
        }

        /** Nothing is lost any more, and the operator recovers a diverged database. */
        private void settle() throws Exception {
            await();
            heal();
            lossy = false;
            leader[0] = 0;
            recover();
            for (int round = 0; round < 3; round++) {
                for (Node node : nodes) {
                    node.synchronizer.check().await(20, TimeUnit.SECONDS);
                }
                recover();
            }
        }

        private synchronized boolean loses() {
            return lossy && random.nextInt(5) == 0;
        }

        /** One node; a restart creates another one with the same disk. */
        private final class Node {
            private final int index;
            private final CurrentRuleset current =
                    new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
            private final RulesetSynchronizer synchronizer;
            private final View view;

            Node(int index) {
                this.index = index;
                this.view = new View(index);
                this.synchronizer = new RulesetSynchronizer(
                        vertx,
                        current,
                        view,
                        new Members(index),
                        database,
                        directory.resolve("node-" + index),
                        Duration.ofHours(1),
                        new SimpleMeterRegistry());
                current.onChange(ruleset -> {
                    RulesetRows rows = current.rows();
                    if (rows != null) {
                        seen.add(rows);
                    }
                });
            }

            void start() throws Exception {
                synchronizer.start().await(20, TimeUnit.SECONDS);
            }

            void stop() throws Exception {
                synchronizer.stop().await(20, TimeUnit.SECONDS);
            }
        }

        /** The cache as one node sees it. */
        private final class View implements RulesetCache {
            private final int index;
            private volatile Consumer<RulesetDelta> onDelta = delta -> {};

            View(int index) {
                this.index = index;
            }

            private Memory memory() {
                return caches[side[index]];
            }

            private <T> Future<@Nullable T> unlessLost(@Nullable T result) {
                return loses() ? Future.failedFuture("lost") : Future.succeededFuture(result);
            }

            @Override
            public Future<@Nullable Revision> head() {
                RulesetRows newest = memory().newest();
                return unlessLost(newest == null ? null : newest.revision());
            }

            @Override
            public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
                return unlessLost(memory().newest(served));
            }

            @Override
            public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
                if (loses()) {
                    return Future.failedFuture("lost");
                }
                if (memory().put(delta, after)) {
                    for (int i = 0; i < NODES; i++) {
                        int receiver = i;
                        if (side[i] == side[index] && !loses()) {
                            synchronized (deliveries) {
                                deliveries.add(
                                        () -> nodes.get(receiver).view.onDelta.accept(delta));
                            }
                        }
                    }
                }
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> publishWhole(RulesetRows ruleset) {
                if (loses()) {
                    return Future.failedFuture("lost");
                }
                memory().put(null, ruleset);
                return Future.succeededFuture();
            }

            @Override
            public void subscribe(Consumer<RulesetDelta> deltas, Runnable onHead) {
                onDelta = deltas;
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
            public List<Peer> otherEvaluators() {
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

    /** The cache of one side of a split: the newest ruleset, and the last deltas. */
    private static final class Memory {
        private static final int MAX_DELTAS = 4;

        private final List<RulesetDelta> deltas = new ArrayList<>();
        private @Nullable RulesetRows newest;

        synchronized @Nullable RulesetRows newest() {
            return newest;
        }

        synchronized @Nullable RulesetRows newest(@Nullable RulesetRows served) {
            RulesetRows whole = newest;
            if (whole == null || !whole.revision().replaces(served == null ? null : served.revision())) {
                return null;
            }
            if (served == null) {
                return whole;
            }
            DeltaChain chain = DeltaChain.from(served.revision(), deltas);
            return chain.end(served.revision()).equals(whole.revision())
                    ? chain.applyTo(served)
                    : whole.sharing(served);
        }

        synchronized boolean put(@Nullable RulesetDelta delta, RulesetRows after) {
            if (!after.revision().replaces(newest == null ? null : newest.revision())) {
                return false;
            }
            newest = after;
            if (delta != null) {
                deltas.add(delta);
                if (deltas.size() > MAX_DELTAS) {
                    deltas.remove(0);
                }
            }
            return true;
        }

        synchronized void copy(Memory other) {
            deltas.clear();
            deltas.addAll(other.deltas);
            newest = other.newest;
        }

        synchronized void merge(Memory other) {
            if (other.newest != null && other.newest.revision().replaces(newest == null ? null : newest.revision())) {
                copy(other);
            }
        }
    }

    /** A database whose backups can be restored. */
    private static final class Database implements RulesetSource {
        private final Map<Revision, RowSet> known = new HashMap<>();
        private List<RulesetRows> log = new ArrayList<>();

        /** Readers with a lower number follow, whatever they serve: an operator decided so. */
        private long recovered = -1;

        Database() {
            append(RulesetRows.of("db", 0, RowSet.EMPTY));
        }

        private void append(RulesetRows rows) {
            log.add(rows);
            known.put(rows.revision(), rows.rows());
        }

        synchronized RulesetRows current() {
            return log.get(log.size() - 1);
        }

        synchronized @Nullable RowSet known(Revision revision) {
            return known.get(revision);
        }

        synchronized void edit(Random random) {
            RowSet rows = current().rows();
            for (int i = random.nextInt(3); i >= 0; i--) {
                String key = "d" + random.nextInt(6);
                rows = rows.apply(
                        random.nextInt(4) == 0
                                ? new RowChanges(List.of(new RowKey(RowKind.DEPLOYMENT, "", key)), List.of())
                                : new RowChanges(List.of(), List.of(row(key, random.nextInt(1_000)))));
            }
            append(RulesetRows.of("db", current().revision().number() + 1, rows));
        }

        private static Row row(String key, int value) {
            String definition =
                    "{\"key\":\"" + key + "\",\"label\":\"" + value + "\",\"type\":\"client\",\"flags\":[\"*\"]}";
            return new Row(new RowKey(RowKind.DEPLOYMENT, "", key), value, definition);
        }

        synchronized void restore(Random random) {
            log = new ArrayList<>(log.subList(0, 1 + random.nextInt(log.size())));
        }

        synchronized boolean continues(Revision served) {
            return log.stream().anyMatch(rows -> rows.revision().equals(served))
                    || served.number()
                            < Math.min(recovered, current().revision().number());
        }

        synchronized void recover(RulesetRows served, boolean keepDatabase) {
            recovered =
                    Math.max(served.revision().number(), current().revision().number()) + 1;
            append(RulesetRows.of("db", recovered, keepDatabase ? current().rows() : served.rows()));
        }

        @Override
        public Origin origin() {
            return Origin.POSTGRES;
        }

        @Override
        public synchronized Future<RulesetReading> readSince(@Nullable RulesetRows served) {
            RulesetRows current = current();
            if (served == null) {
                return Future.succeededFuture(new RulesetReading.Whole(current));
            }
            Revision revision = served.revision();
            if (revision.equals(current.revision())) {
                return Future.succeededFuture(new RulesetReading.Unchanged());
            }
            if (!continues(revision)) {
                return Future.succeededFuture(new RulesetReading.Diverged(current.revision()));
            }
            return Future.succeededFuture(
                    log.stream().anyMatch(rows -> rows.revision().equals(revision))
                            ? new RulesetReading.Changed(new RulesetDelta(
                                    revision, current.revision(), served.rows().changesTo(current.rows())))
                            : new RulesetReading.Whole(current));
        }

        @Override
        public void watch(Runnable onChange) {
            // Steps check.
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }
}
