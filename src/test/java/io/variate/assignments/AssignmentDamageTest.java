package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.assignments.Ledger.Loss;
import io.variate.assignments.spool.Append;
import io.variate.assignments.spool.Opening;
import io.variate.assignments.spool.Spool;
import io.variate.assignments.spool.SpoolSettings;
import io.variate.assignments.spool.Sync;
import io.variate.dev.EmbeddedKafka;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.variate.testing.MountedDisk;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with damaged files or a failing disk reports the failure, counts the losses and keeps working. */
@Tag("slow")
class AssignmentDamageTest {
    private static final int SEGMENT = 65_536;

    /** Two segments full, and some in the third. */
    private static final int EVENTS = 150;

    @TempDir
    static Path directory;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path data;

    private static EmbeddedKafka kafka;

    private final LogLines log = new LogLines(AssignmentLog.class);

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.start(directory, 0);
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @AfterEach
    void detach() {
        log.close();
    }

    private Recording open(String topic) {
        return Recording.open(
                data,
                Map.of("VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers(), "VARIATE_KAFKA_TOPIC", topic));
    }

    private Recording openWithoutKafka(Path dataDirectory) {
        return Recording.open(dataDirectory, Map.of());
    }

    /** A life before this one, which was killed. */
    private void recordAndDie() throws IOException {
        Path live = data.resolve("live");
        Path killed = Files.createDirectories(data.resolve("assignments"));
        SpoolSettings settings =
                new SpoolSettings(live, SEGMENT, 1 << 20, SpoolSettings.Overflow.NEWEST, new Sync.Never());
        try (Spool spool = ((Opening.Opened) Spool.open(settings)).spool()) {
            for (int i = 0; i < EVENTS; i++) {
                byte[] event = ("{\"user_id\":\"" + Recording.user(i) + "\"}").getBytes(StandardCharsets.UTF_8);
                Await.value(
                        "the spool accepts the event",
                        () -> spool.append(0, event, event),
                        seen -> seen == Append.APPENDED);
            }
            for (Path file : files(live, "")) {
                if (!file.endsWith("lock")) {
                    Files.copy(file, killed.resolve(file.getFileName()));
                }
            }
        }
    }

    private static List<Path> files(Path directory, String suffix) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private Path segment(int index) {
        return files(data.resolve("assignments"), ".spool").get(index);
    }

    private static long lastByteThatIsNotZero(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        int at = content.length - 1;
        while (content[at] == 0) {
            at--;
        }
        return at;
    }

    private static void write(Path file, long at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /** Delivers all events and some more, and compares the ledger with the delivered and the reported events. */
    private void deliverAndCompare(String topic, Loss cause, long lost) {
        try (Recording recording = open(topic)) {
            assertThat(recording.balanced().lost(cause)).isEqualTo(lost);
            assertThat(recording.balanced().spooled())
                    .isEqualTo(recording.balanced().evaluated() - lost);
            recording.record(3);
            recording.deliver();
            recording.awaitDelivery();

            Ledger ledger = recording.balanced();
            assertThat(ledger.lost(cause)).isEqualTo(lost).isEqualTo(ledger.lostInAll());
            assertThat(recording.lostAsMetric(cause)).isEqualTo(lost);
            assertThat(Recording.usersIn(kafka.bootstrapServers(), topic))
                    .hasSize((int) ledger.delivered())
                    .endsWith(Recording.user(0), Recording.user(1), Recording.user(2));
        }
    }

    @Test
    void truncatesAndReportsATornTail() throws IOException {
        recordAndDie();
        write(segment(2), lastByteThatIsNotZero(segment(2)) - 20, new byte[40]);
        deliverAndCompare("torn", Loss.TORN, 0);
        assertThat(log.all())
                .anyMatch(line ->
                        line.matches("WARN truncated a torn record at the end of the assignment log bytes=\\d+"));
        assertThat(Recording.usersIn(kafka.bootstrapServers(), "torn")).hasSize(EVENTS - 1 + 3);
    }

    @Test
    void losesOnlyTheEventWithAFlippedBit() throws IOException {
        recordAndDie();
        write(segment(0), 20_000, new byte[] {1});
        deliverAndCompare("flipped", Loss.DAMAGED, 1);
        assertThat(log.all()).anyMatch(line -> line.startsWith("ERROR events of the assignment log are lost count=1"));
    }

    @Test
    void countsTheEventsOfATruncatedFileAsLost() throws IOException {
        recordAndDie();
        truncate(segment(0), 30_000);
        long lost;
        try (Recording recording = openWithoutKafka(data)) {
            lost = recording.balanced().lostInAll();
            assertThat(recording.balanced().evaluated()).isEqualTo(EVENTS);
            assertThat(lost)
                    .isPositive()
                    .isEqualTo(EVENTS - recording.balanced().spooled());
        }
        deliverAndCompare("truncated", Loss.DAMAGED, lost);
        assertThat(log.all())
                .anyMatch(line -> line.startsWith("ERROR events of the assignment log are lost count=" + lost + " "));
    }

    @Test
    void renamesAFileOfAnUnknownVersion() throws IOException {
        recordAndDie();
        write(segment(0), 8, new byte[] {99});
        long lost;
        try (Recording recording = openWithoutKafka(data)) {
            lost = recording.balanced().lostInAll();
            assertThat(lost).isPositive();
        }
        deliverAndCompare("version", Loss.DAMAGED, lost);
        assertThat(log.all())
                .anyMatch(line -> line.startsWith("ERROR cannot read a file of the assignment log")
                        && line.endsWith("format version 99"));
        assertThat(files(data.resolve("assignments"), ".spool.unreadable")).hasSize(1);
    }

    @Test
    void renamesADamagedCheckpointAndRedeliversAllEvents() throws IOException {
        recordAndDie();
        write(data.resolve("assignments/checkpoint"), 4096 + 20, new byte[] {1, 2, 3});
        deliverAndCompare("checkpoint", Loss.DAMAGED, 0);
        assertThat(log.all())
                .anyMatch(line -> line.contains("checkpoint.unreadable"))
                .anyMatch(line -> line.startsWith("WARN delivery checkpoint lost"));
        assertThat(data.resolve("assignments/checkpoint.unreadable")).exists();
    }

    @Test
    void countsEveryEventAsLostOnAReadOnlyDisk() {
        try (MountedDisk disk = MountedDisk.over(data, "size=1m,ro");
                Recording recording = openWithoutKafka(disk.directory())) {
            recording.record(10);
            assertThat(recording.balanced().lost(Loss.NO_SPOOL)).isEqualTo(10);
            assertThat(recording.balanced().evaluated()).isEqualTo(10);
            assertThat(recording.lostAsMetric(Loss.NO_SPOOL)).isEqualTo(10);
            assertThat(recording.log.standing().reason()).contains("Read-only file system");
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("ERROR cannot open the assignment log")
                    .contains("Read-only file system");
        }
    }

    @Test
    void countsEveryEventAsLostInADirectoryWithoutWritePermission() {
        assumeTrue(data.toFile().setWritable(false) && !Files.isWritable(data), "root may write everywhere");
        try (Recording recording = openWithoutKafka(data)) {
            recording.record(10);
            assertThat(recording.balanced().lost(Loss.NO_SPOOL)).isEqualTo(10);
            assertThat(log.all()).singleElement().asString().startsWith("ERROR cannot open the assignment log");
        } finally {
            assertThat(data.toFile().setWritable(true)).isTrue();
        }
    }

    @Test
    void losesEventsOnAFullDiskUntilSpaceIsFreed() throws IOException {
        try (MountedDisk disk = MountedDisk.over(data, "size=512k")) {
            Path ballast = Files.write(disk.directory().resolve("ballast"), new byte[200_000]);
            try (Recording recording = open("full")) {
                recording.recordUntil(() -> recording.log.ledger().lost(Loss.DISK_FAILED) >= 10);
                recording.log.check();
                assertThat(log.all())
                        .anyMatch(line -> line.matches("ERROR lost events .*DISK_FAILED=10.*No space left.*"));

                Files.delete(ballast);
                int before = recording.kept.size();
                recording.recordUntil(() -> recording.kept.size() > before);
                recording.deliver();
                recording.awaitDelivery();

                Ledger ledger = recording.balanced();
                assertThat(ledger.evaluated()).isEqualTo(recording.asked);
                assertThat(recording.lostAsMetric(Loss.DISK_FAILED)).isEqualTo(ledger.lost(Loss.DISK_FAILED));
                assertThat(ledger.delivered()).isEqualTo(recording.kept.size());
                assertThat(Recording.usersIn(kafka.bootstrapServers(), "full"))
                        .containsExactlyElementsOf(recording.kept);
            }
        }
    }

    @Test
    void opensALockedSpoolOnceTheOtherProcessReleasesIt() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpoolHolder.class.getName(),
                        data.resolve("assignments").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = other.inputReader(StandardCharsets.UTF_8)) {
            assertThat(output.readLine()).isEqualTo("holds 0");
            try (Recording recording = open("locked")) {
                recording.deliver();
                recording.record(10);
                assertThat(recording.balanced().lost(Loss.NO_SPOOL)).isEqualTo(10);
                assertThat(log.all()).singleElement().asString().contains("another process or spool uses");

                other.destroyForcibly().waitFor();
                recording.recordUntil(() -> !recording.kept.isEmpty());
                recording.awaitDelivery();

                Ledger ledger = recording.balanced();
                assertThat(ledger.evaluated()).isEqualTo(recording.asked);
                assertThat(ledger.delivered()).isEqualTo(recording.kept.size());
                assertThat(ledger.lost(Loss.NO_SPOOL)).isEqualTo(recording.asked - recording.kept.size());
                assertThat(recording.log.standing().reason()).isNull();
            }
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void keepsCountsFromBeforeTheSpoolWasOpenAfterARestart() throws IOException {
        Path inTheWay = Files.createFile(data.resolve("assignments"));
        try (Recording recording = openWithoutKafka(data)) {
            recording.record(10);
            Files.delete(inTheWay);
            recording.log.check();
            assertThat(recording.balanced().lost(Loss.NO_SPOOL)).isEqualTo(10);
        }
        try (Recording recording = openWithoutKafka(data)) {
            assertThat(recording.balanced().lost(Loss.NO_SPOOL)).isEqualTo(10);
            assertThat(recording.balanced().evaluated()).isEqualTo(10);
        }
    }
}
