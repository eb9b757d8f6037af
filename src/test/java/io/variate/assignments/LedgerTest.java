package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.AssignmentLog.Standing;
import io.variate.assignments.AssignmentLog.State;
import io.variate.assignments.spool.Entry;
import io.variate.bus.ReceivedEvents;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.testing.Await;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger under concurrent writes. */
@Timeout(60)
class LedgerTest {
    private static final String FLAGS = """
            [{"key": "a", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]},
             {"key": "b", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]""";
    private static final int WRITERS = 3;
    private static final int ROUNDS = 8_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final List<AssignmentLog> logs = new ArrayList<>();

    @AfterEach
    void close() {
        logs.forEach(AssignmentLog::close);
    }

    @Test
    void everyReadingBalancesAndNoCounterDecreasesUnderConcurrentUse() throws Exception {
        Settings settings = settings(Map.of("VARIATE_ASSIGNMENTS_DEDUPLICATION_WINDOW", "1h"));
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            writers.add(start(() -> write(recorder, writer)));
        }
        Thread drain = start(() -> drain(log, over));
        Ledger last = log.ledger();
        long readings = 0;
        while (writers.stream().anyMatch(Thread::isAlive)) {
            Standing standing = log.standing();
            balances(standing);
            goesOn(last, standing.ledger());
            last = standing.ledger();
            readings++;
        }
        over.set(true);
        drain.join();

        Ledger end = log.ledger();
        balances(log.standing());
        // Of each round: one recorded, the same again, an unwanted one, two exposures, and one received twice.
        long rounds = (long) WRITERS * ROUNDS;
        assertThat(end.evaluated()).isEqualTo(3 * rounds);
        assertThat(end.exposures()).isEqualTo(2 * rounds);
        assertThat(end.untracked()).isEqualTo(rounds);
        assertThat(end.received()).isEqualTo(2 * rounds);
        assertThat(end.deduplicated()).isEqualTo(2 * rounds);
        assertThat(end.delivered() + end.spooled() + end.lostInAll()).isEqualTo(4 * rounds);
        assertThat(end.lost(Ledger.Loss.REFUSED)).isPositive();
        assertThat(readings).isGreaterThan(100);
    }

    private static void write(AssignmentRecorder recorder, int writer) {
        Assignments assignments = Assignments.of(FLAGS);
        for (int i = 0; i < ROUNDS; i++) {
            Assignment assignment = assignments.to(writer + "-" + i, null);
            recorder.record(assignment);
            recorder.record(assignment);
            recorder.recordExposures(assignment);
            recorder.recordReceived(received(writer + "-" + i), Assignments.TIME, System.nanoTime());
            recorder.recordReceived(received(writer + "-" + i), Assignments.TIME, System.nanoTime());
        }
    }

    private static ReceivedEvents.Event received(String identity) {
        return new ReceivedEvents.Event(Buffer.buffer("key"), Buffer.buffer(identity), Buffer.buffer("{}"));
    }

    private static void drain(AssignmentLog log, AtomicBoolean over) {
        while (!over.get()) {
            List<Entry> entries = log.poll(100, 1 << 20);
            if (!entries.isEmpty()) {
                log.commit(entries.get(entries.size() - 1).sequence() + 1, 1);
            }
        }
    }

    private static void balances(Standing standing) {
        Ledger ledger = standing.ledger();
        assertThat(ledger.evaluated() + ledger.exposures() + ledger.received())
                .isEqualTo(ledger.untracked()
                        + ledger.deduplicated()
                        + ledger.delivered()
                        + ledger.spooled()
                        + ledger.lostInAll());
        assertThat(standing.lag().records()).isEqualTo(ledger.spooled());
        assertThat(ledger.spooled()).isNotNegative();
    }

    private static void goesOn(Ledger before, Ledger after) {
        assertThat(after.evaluated()).isGreaterThanOrEqualTo(before.evaluated());
        assertThat(after.exposures()).isGreaterThanOrEqualTo(before.exposures());
        assertThat(after.received()).isGreaterThanOrEqualTo(before.received());
        assertThat(after.untracked()).isGreaterThanOrEqualTo(before.untracked());
        assertThat(after.deduplicated()).isGreaterThanOrEqualTo(before.deduplicated());
        assertThat(after.delivered()).isGreaterThanOrEqualTo(before.delivered());
        assertThat(after.lostInAll()).isGreaterThanOrEqualTo(before.lostInAll());
    }

    @Test
    void survivesARestart() {
        Settings settings = settings(Map.of());
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        Assignment assignment = Assignments.of(FLAGS).to("user", null);
        recorder.record(assignment);
        recorder.record(assignment);
        recorder.recordExposures(assignment);
        recorder.recordReceived(received("one"), Assignments.TIME, System.nanoTime());
        Ledger before = log.ledger();
        log.close();

        assertThat(open(settings).ledger()).isEqualTo(before);
    }

    @Test
    void countsFromBeforeTheLogWasOpenSurviveARestart() throws Exception {
        Path obstacle = Files.writeString(directory.resolve("assignments"), "a file where the directory should be");
        AssignmentLog log = open(settings(Map.of()));
        new AssignmentRecorder(settings(Map.of()), log).untracked();
        log.account(log.offer(1, new byte[0], new byte[1], 1));
        Ledger before = log.ledger();
        Files.delete(obstacle);
        log.open();
        assertThat(log.ledger()).isEqualTo(before);
        log.close();

        assertThat(open(settings(Map.of())).ledger()).isEqualTo(before);
    }

    @Test
    void isFullAtMaxBytesUntilEventsAreDelivered() {
        Settings settings = settings(Map.of(
                "VARIATE_ASSIGNMENTS_SEGMENT_BYTES", "65536",
                "VARIATE_ASSIGNMENTS_MAX_BYTES", "196608"));
        AssignmentLog log = open(settings);
        assertThat(log.standing().state()).isEqualTo(State.UP);

        byte[] value = new byte[10_000];
        Await.until(
                "the log is full and refuses events",
                () -> !log.account(log.offer(1, new byte[0], value, value.length))
                        && log.standing().state() == State.FULL);

        assertThat(log.standing().reason()).contains("assignments.max-bytes");
        balances(log.standing());
        List<Entry> entries = log.poll(1_000, 1 << 20);
        log.commit(entries.get(entries.size() - 1).sequence() + 1, 0);
        Await.value("the log accepts events again", () -> log.standing().state(), seen -> seen == State.UP);
        assertThat(log.account(log.offer(1, new byte[0], value, value.length))).isTrue();
    }

    @Test
    void isDownWithAReasonIfItCannotBeOpened() throws Exception {
        Files.writeString(directory.resolve("assignments"), "a file where the directory should be");
        AssignmentLog log = open(settings(Map.of()));

        assertThat(log.account(log.offer(1, new byte[0], new byte[1], 1))).isFalse();

        assertThat(log.standing().state()).isEqualTo(State.DOWN);
        assertThat(log.standing().reason()).contains("assignments");
        assertThat(log.ledger().lost(Ledger.Loss.NO_SPOOL)).isEqualTo(1);
        balances(log.standing());
    }

    @Test
    void metricsReportTheSnapshot() {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        AssignmentLog log = new AssignmentLog(settings(Map.of()), Clock.systemUTC(), metrics);
        logs.add(log);
        log.open();
        log.observe();
        log.countUntracked();
        assertThat(metrics.get("variate.assignments.evaluated")
                        .functionCounter()
                        .count())
                .isZero();

        log.observe();

        assertThat(metrics.get("variate.assignments.evaluated")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
    }

    private AssignmentLog open(Settings settings) {
        AssignmentLog log = new AssignmentLog(settings, Clock.systemUTC(), new SimpleMeterRegistry());
        logs.add(log);
        log.open();
        return log;
    }

    private Settings settings(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("VARIATE_NODE_DATA_DIR", directory.toString());
        return SettingsLoader.load(null, environment);
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work);
        thread.start();
        return thread;
    }
}
