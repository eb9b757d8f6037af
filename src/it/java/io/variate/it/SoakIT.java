package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.KafkaProcess;
import io.variate.it.harness.BalancedLoad;
import io.variate.it.harness.BalancedLoad.Failure;
import io.variate.it.harness.Balancer;
import io.variate.it.harness.Documents;
import io.variate.it.harness.Faults;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.Footprint;
import io.variate.it.harness.Generations;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Journal;
import io.variate.testing.Await;
import io.variate.testing.StreamReaders;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes under load for as many minutes as {@code soak.minutes} says, with faults in the order that {@code soak.seed}
 * decides, while flags and cohorts change and streams come and go: then the ledger, the topic and what users were told must
 * agree, and the node that was never started again must not have grown. Writes {@code target/soak-report.txt}.
 */
@Tag("alone")
@EnabledIfSystemProperty(named = "soak.minutes", matches = "[1-9][0-9]*")
class SoakIT {
    private static final Duration MINUTES = Duration.ofMinutes(Long.getLong("soak.minutes", 0));
    private static final long SEED = Long.getLong("soak.seed", System.currentTimeMillis());
    private static final int PER_SECOND = Integer.getInteger("soak.rate", 200);

    /** Only suspended, so that its growth can be told; not the oldest, so that the one that leads is ended too. */
    private static final String LASTING = "two";

    private static final List<String> MORTAL = List.of("one", "three");
    private static final List<String> NAMES = List.of("one", LASTING, "three");

    private static final int MEMBERS = 500;
    private static final int STREAMS = 30;
    private static final Duration MOMENT = Duration.ofSeconds(2);
    private static final Duration SAMPLE_EVERY = MINUTES.dividedBy(20);
    private static final long MIB = 1 << 20;

    private final Balancer balancer = new Balancer();
    private final ScheduledExecutorService clocks = Executors.newScheduledThreadPool(3);
    private final Random random = new Random(SEED + 2);
    private final AtomicInteger generation = new AtomicInteger(1);
    private final Map<String, Integer> changes = new TreeMap<>();
    private final List<Footprint> footprints = new ArrayList<>();
    private final List<String> report = new ArrayList<>();
    private int streamsOpened;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @AfterEach
    void stop() throws IOException {
        clocks.shutdownNow();
        balancer.close();
        fleet.close();
        Path jar = Path.of(Objects.requireNonNull(System.getProperty("variate.jar")));
        Files.write(jar.resolveSibling("soak-report.txt"), report);
    }

    @Test
    void nothingIsLostAndNothingGrows() throws Exception {
        report("soak: %d minutes, seed %d, %d requests/s".formatted(MINUTES.toMinutes(), SEED, PER_SECOND));
        try (KafkaProcess kafka = KafkaProcess.start(directory.resolve("kafka"), Map.of())) {
            startNodes(kafka);
            try (BalancedLoad load = BalancedLoad.start(balancer, PER_SECOND, SoakIT::user)) {
                load.awaitMore(10 * PER_SECOND);
                repeat(1_000, this::changeFlags);
                repeat(15_000, this::changeCohort);
                repeat(5_000, this::readStreams);
                Faults faults = Faults.start(SEED, fleet, balancer, kafka, NAMES, MORTAL);
                try {
                    sampleUntilTheEnd(faults);
                } finally {
                    faults.stop();
                }
                clocks.shutdown();
                assertThat(clocks.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
                awaitUnity();
                load.awaitMore(10 * PER_SECOND);
                load.stop();
                footprints.add(Footprint.of(fleet.node(LASTING)));
                judge(load, faults);
            }
        }
    }

    private static String user(int number) {
        return number % 10 == 0 ? Generations.MEMBER + number / 10 % MEMBERS : "soak-" + number;
    }

    private void startNodes(KafkaProcess kafka) {
        fleet = new Fleet(
                directory,
                kafka.bootstrapServers(),
                NAMES,
                // A slow machine must not cause timeouts.
                settings -> settings.set("evaluation.timeout", "4s"));
        fleet.start("one").putRuleset(Generations.document(generation.get()));
        fleet.node("one").putCohort(Generations.COHORT, members(0));
        fleet.start(LASTING);
        fleet.start("three");
        fleet.awaitGeneration(generation.get(), Fleet.SOON, Set.copyOf(NAMES));
        for (String name : NAMES) {
            Await.value(
                    "the node has the cohort",
                    Fleet.SOON,
                    () -> fleet.node(name).metric("variate_cohorts ", ""),
                    seen -> seen == 1);
            balancer.put(name, fleet.node(name));
        }
    }

    /** The same members each time, plus others that no request uses. */
    private static JsonArray members(int others) {
        JsonArray members = new JsonArray();
        IntStream.range(0, MEMBERS).forEach(i -> members.add(Generations.MEMBER + i));
        IntStream.range(0, others).forEach(i -> members.add("other-" + others + "-" + i));
        return members;
    }

    private void repeat(long millis, Runnable work) {
        Runnable unending = () -> {
            try {
                work.run();
            } catch (RuntimeException | AssertionError e) {
                count(e.toString());
            }
        };
        Future<?> unused = clocks.scheduleWithFixedDelay(unending, millis, millis, TimeUnit.MILLISECONDS);
    }

    private JarNode any() {
        return fleet.node(NAMES.get(random.nextInt(NAMES.size())));
    }

    private void changeFlags() {
        try {
            int status = any().put(Generations.document(generation.incrementAndGet()))
                    .statusCode();
            count("flags changed: " + status);
        } catch (UncheckedIOException e) {
            count("flags not changed: no connection");
        }
    }

    private void changeCohort() {
        try {
            any().putCohort(Generations.COHORT, members(1 + random.nextInt(20_000)));
            count("cohort changed");
        } catch (UncheckedIOException e) {
            count("cohort not changed: no connection");
        }
    }

    /** Each time other ones: those that were there leave. */
    private void readStreams() {
        List<Integer> ports = NAMES.stream()
                .filter(balancer::isHealthy)
                .map(name -> fleet.node(name).httpPort())
                .toList();
        if (ports.isEmpty()) {
            return;
        }
        try (StreamReaders readers = StreamReaders.open(STREAMS, Documents.KEY, ports)) {
            Await.until("some time", Duration.ofMinutes(1), new Countdown(Duration.ofSeconds(3))::isOver);
            streamsOpened += readers.open();
        } catch (UncheckedIOException e) {
            count("streams not opened");
        }
    }

    private synchronized void count(String what) {
        changes.merge(what, 1, Integer::sum);
    }

    private void sampleUntilTheEnd(Faults faults) {
        Countdown end = new Countdown(MINUTES);
        while (!end.isOver()) {
            Countdown next = new Countdown(SAMPLE_EVERY);
            Await.until("time goes by", SAMPLE_EVERY.multipliedBy(4), () -> next.isOver() || end.isOver());
            assertThat(faults.defects()).isEmpty();
            if (balancer.isHealthy(LASTING)) {
                footprints.add(Footprint.of(fleet.node(LASTING)));
            }
        }
    }

    /** All nodes see each other, hear each other, and follow one leader. */
    private void awaitUnity() {
        int last = generation.incrementAndGet();
        fleet.node(LASTING).putRuleset(Generations.document(last));
        Duration took = fleet.awaitGeneration(last, Fleet.SOON, Set.copyOf(NAMES));
        report("a change after all faults: on all nodes after %d ms".formatted(took.toMillis()));
        for (String name : NAMES) {
            Await.value(
                    name + " has the ledger of every node",
                    Fleet.SOON,
                    () -> fleet.node(name).ledger().getJsonObject("cluster").getJsonArray("nodes"),
                    seen -> seen.equals(new JsonArray(NAMES.stream().sorted().toList())));
        }
        Await.value("one node leads", Fleet.SOON, () -> leaders(), seen -> seen == 1);
    }

    private long leaders() {
        return NAMES.stream()
                .filter(name -> fleet.node(name).metric("variate_cluster_leader", "") == 1)
                .count();
    }

    private record Countdown(long end) {
        Countdown(Duration time) {
            this(System.nanoTime() + time.toNanos());
        }

        boolean isOver() {
            return System.nanoTime() >= end;
        }
    }

    private void judge(BalancedLoad load, Faults faults) {
        List<Failure> excused = load.failures().stream()
                .filter(failure -> faults.excuse(failure, MOMENT))
                .toList();
        List<Failure> others = load.failures().stream()
                .filter(failure -> !excused.contains(failure))
                .toList();
        report("answers: %d; wrong ones: %d"
                .formatted(load.answered(), load.wrong().size()));
        report("failed on connections of a node killed at that moment, or suspended: %d".formatted(excused.size()));
        report("failed otherwise: %d".formatted(others.size()));
        others.forEach(failure -> report("  %s".formatted(failure)));
        load.wrong().stream().limit(20).forEach(wrong -> report("  %s".formatted(wrong)));
        report("faults: %s".formatted(faults.counts()));
        report("changes: %s; streams opened: %d".formatted(changes, streamsOpened));
        Footprint before = Footprint.median(footprints.subList(third(), 2 * third()));
        Footprint after = Footprint.median(footprints.subList(2 * third(), footprints.size()));
        report("node %s, from the second third to the last:%n  %s%n  %s".formatted(LASTING, before, after));
        footprints.forEach(footprint -> report("  sample: %s".formatted(footprint)));
        faults.log().forEach(line -> report("  %s".formatted(line)));

        Journal journal = fleet.assertNothingLost(load.answers());
        report("in Kafka: %d assignments as the ledgers say, of them %d again, and %d further copies"
                .formatted(journal.size(), journal.repeats(), journal.copies()));
        assertThat(load.wrong()).isEmpty();
        assertThat(others).isEmpty();
        assertThat(faults.defects()).isEmpty();
        assertThat(after.heap()).as("heap").isLessThan(before.heap() + before.heap() / 10 + 2 * MIB);
        assertThat(after.direct()).as("direct memory").isLessThan(before.direct() + 4 * MIB);
        // Vert.x has a pool of twenty for work of its own, which grows by a thread for each task until it is full.
        assertThat(after.threads()).as("threads").isLessThan(before.threads() + 20);
        assertThat(after.files()).as("files").isLessThan(before.files() + 20);
    }

    private int third() {
        return Math.max(1, footprints.size() / 3);
    }

    private void report(String line) {
        System.out.println(line);
        report.add(line);
    }
}
