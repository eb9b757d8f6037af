package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full or cannot be written. Skipped where a file system cannot be mounted. */
class SpoolDiskTest {
    private static final int SEGMENT = 1 << 18;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private boolean mounted;

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            run("umount", "--lazy", directory.toString());
        }
    }

    private void mount(String options) throws Exception {
        mounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
        assumeTrue(mounted, "this user may not mount a file system");
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private SpoolSettings settings() {
        return new SpoolSettings(directory, SEGMENT, 100L * SEGMENT, Overflow.NEWEST, new Sync.Never());
    }

    @Test
    void saysThatItFailsOnAFullDiskAndGoesOnWhenThereIsRoom() throws Exception {
        mount("size=1m");
        Path ballast = Files.write(directory.resolve("ballast"), new byte[300_000]);
        try (Spool spool = Spools.open(settings()).spool()) {
            int taken = Spools.fill(spool, 0);
            assertThat(taken).isPositive();
            assertThat(Spools.put(spool, Spools.numbered(0))).isEqualTo(Append.FAILED);
            assertThat(spool.status().failure()).contains("No space left on device");
            assertThat(Spools.numbers(Spools.pollAll(spool))).hasSize(taken);

            Files.delete(ballast);
            Spools.await(() -> spool.append(0, Spools.NO_KEY, Spools.bytes(Spools.numbered(1))) == Append.APPENDED);
            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
    }

    @Test
    void opensOnADiskWithoutRoomForASegment() throws Exception {
        mount("size=1m");
        try (Spool spool = Spools.open(settings()).spool()) {
            Spools.putNumbered(spool, 0, 10);
        }
        Path ballast = directory.resolve("ballast");
        fill(ballast);
        try (Spool spool = Spools.open(settings()).spool()) {
            assertThat(Spools.put(spool, Spools.numbered(10))).isEqualTo(Append.FAILED);
            assertThat(Spools.numbers(Spools.pollAll(spool))).hasSize(10);
            Files.delete(ballast);
            Spools.await(() -> spool.append(0, Spools.NO_KEY, Spools.bytes(Spools.numbered(10))) == Append.APPENDED);
            assertThat(Spools.numbers(Spools.pollAll(spool))).containsExactly(10);
        }
    }

    private static void fill(Path file) throws IOException {
        try (var output = Files.newOutputStream(file)) {
            byte[] block = new byte[4096];
            while (true) {
                output.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    @Test
    void isUnavailableOnAReadOnlyFileSystem() throws Exception {
        mount("size=1m,ro");
        assertThat(Spool.open(settings())).isInstanceOfSatisfying(Opening.Unavailable.class, unavailable -> {
            assertThat(unavailable.reason()).isEqualTo(Opening.Reason.UNUSABLE);
            assertThat(unavailable.message()).contains("Read-only file system");
        });
    }

    @Test
    void isUnavailableInADirectoryThatItMayNotWrite() throws IOException {
        Path forbidden = Files.createDirectory(directory.resolve("forbidden"));
        assumeTrue(forbidden.toFile().setWritable(false) && !Files.isWritable(forbidden), "root may write everywhere");
        assertThat(Spool.open(Spools.settings(forbidden))).isInstanceOf(Opening.Unavailable.class);
    }

    @Test
    void isUnavailableWhereAFileHasItsName() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThat(Spool.open(Spools.settings(file))).isInstanceOf(Opening.Unavailable.class);
    }

    @Test
    void survivesAFileThatIsCutUnderIt() throws IOException {
        try (Spool spool = Spools.open(settings()).spool()) {
            Spools.putNumbered(spool, 0, 2000);
            Spools.truncate(Spools.firstSegment(directory), 8192);
            List<Integer> read = Spools.numbers(Spools.pollAll(spool));

            SpoolStatus status = spool.status();
            assertThat(read).startsWith(0, 1, 2);
            assertThat(read.size() + status.losses().total()).isEqualTo(2000);
            assertThat(status.losses().damaged()).isPositive();
            assertThat(Spools.put(spool, Spools.numbered(2000))).isEqualTo(Append.APPENDED);
        }
    }
}
