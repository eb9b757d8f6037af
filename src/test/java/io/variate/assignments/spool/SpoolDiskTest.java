package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import io.variate.testing.Await;
import io.variate.testing.MountedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full or cannot be written. Skipped where a file system cannot be mounted. */
@Tag("slow")
class SpoolDiskTest {
    private static final int SEGMENT = 1 << 18;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private static SpoolSettings settings(Path directory) {
        return new SpoolSettings(directory, SEGMENT, 100L * SEGMENT, Overflow.NEWEST, new Sync.Never());
    }

    @Test
    void failsOnAFullDiskAndRecoversWhenSpaceIsFreed() throws Exception {
        try (MountedDisk disk = MountedDisk.over(directory, "size=1m");
                Spool spool = openBesideBallast(disk)) {
            int taken = Spools.fill(spool, 0);
            assertThat(taken).isPositive();
            assertThat(Spools.put(spool, Spools.numbered(0))).isEqualTo(Append.FAILED);
            assertThat(spool.status().failure()).contains("No space left on device");
            assertThat(Spools.numbers(Spools.pollAll(spool))).hasSize(taken);

            Files.delete(ballast());
            Await.value(
                    "the spool accepts the event",
                    () -> spool.append(0, Spools.NO_KEY, Spools.bytes(Spools.numbered(1))),
                    seen -> seen == Append.APPENDED);
            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
    }

    private Path ballast() {
        return directory.resolve("ballast");
    }

    private Spool openBesideBallast(MountedDisk disk) throws IOException {
        Files.write(ballast(), new byte[300_000]);
        return Spools.open(settings(disk.directory())).spool();
    }

    @Test
    void opensOnADiskWithoutSpaceForASegment() throws Exception {
        try (MountedDisk disk = MountedDisk.over(directory, "size=1m")) {
            try (Spool spool = Spools.open(settings(disk.directory())).spool()) {
                Spools.putNumbered(spool, 0, 10);
            }
            fill(ballast());
            try (Spool spool = Spools.open(settings(directory)).spool()) {
                assertThat(Spools.put(spool, Spools.numbered(10))).isEqualTo(Append.FAILED);
                assertThat(Spools.numbers(Spools.pollAll(spool))).hasSize(10);
                Files.delete(ballast());
                Await.value(
                        "the spool accepts the event",
                        () -> spool.append(0, Spools.NO_KEY, Spools.bytes(Spools.numbered(10))),
                        seen -> seen == Append.APPENDED);
                assertThat(Spools.numbers(Spools.pollAll(spool))).containsExactly(10);
            }
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
        try (MountedDisk disk = MountedDisk.over(directory, "size=1m,ro")) {
            assertThat(Spool.open(settings(disk.directory())))
                    .isInstanceOfSatisfying(Opening.Unavailable.class, unavailable -> {
                        assertThat(unavailable.reason()).isEqualTo(Opening.Reason.UNUSABLE);
                        assertThat(unavailable.message()).contains("Read-only file system");
                    });
        }
    }

    @Test
    void isUnavailableInADirectoryWithoutWritePermission() throws IOException {
        Path forbidden = Files.createDirectory(directory.resolve("forbidden"));
        assumeTrue(forbidden.toFile().setWritable(false) && !Files.isWritable(forbidden), "root may write everywhere");
        assertThat(Spool.open(Spools.settings(forbidden))).isInstanceOf(Opening.Unavailable.class);
    }

    @Test
    void isUnavailableIfItsDirectoryIsAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThat(Spool.open(Spools.settings(file))).isInstanceOf(Opening.Unavailable.class);
    }

    @Test
    void countsTheLossesOfATruncatedFileAndContinuesInTheNext() throws IOException {
        try (Spool spool = Spools.open(settings(directory)).spool()) {
            Spools.putNumbered(spool, 0, 1500);
            Spools.truncate(Spools.firstSegment(directory), 8192);
            List<Integer> read = Spools.numbers(Spools.pollAll(spool));

            SpoolStatus status = spool.status();
            assertThat(read).startsWith(0, 1, 2).hasSize((8192 - SegmentHeader.BYTES) / RecordLayout.footprint(100));
            assertThat(status.losses()).isEqualTo(new Losses(0, 1500 - read.size(), 0));
            assertThat(Spools.put(spool, Spools.numbered(1500))).isEqualTo(Append.APPENDED);
            assertThat(Spools.numbers(Spools.pollAll(spool))).containsExactly(1500);
        }
    }

    @Test
    void returnsTornForAnAppendToATruncatedFile() throws IOException {
        compileAppends();
        try (Spool spool = Spools.open(settings(directory)).spool()) {
            Spools.put(spool, "x");
            spool.poll(1, 1);
            spool.commit(1, new byte[0]);
            Spools.truncate(Spools.firstSegment(directory), 0);
            long before = spool.status().next();

            assertThat(Spools.put(spool, Spools.numbered(0))).isEqualTo(Append.TORN);

            assertThat(Spools.put(spool, Spools.numbered(1))).isEqualTo(Append.APPENDED);
            assertThat(Spools.numbers(Spools.pollAll(spool))).containsExactly(1);
            assertThat(spool.status().next()).isEqualTo(before + 2);
            assertThat(spool.status().losses().total()).isEqualTo(1);
        }
    }

    /** In a spool of its own, because full files are deleted in the background. */
    private void compileAppends() {
        try (Spool spool = Spools.open(settings(directory.resolve("compiled"))).spool()) {
            for (int i = 0; i < 30_000; i++) {
                Spools.put(spool, "x");
                spool.poll(1, 1);
                spool.commit(i + 1, new byte[0]);
            }
        }
    }

    @Test
    void keepsCountingWhenTheCounterFileIsTruncated() throws IOException {
        try (Spool spool = Spools.open(settings(directory)).spool()) {
            IntStream.range(0, 30_000).forEach(i -> spool.counters().add(3, 2));
            Spools.truncate(directory.resolve("counters"), 0);
            IntStream.range(0, 10).forEach(i -> spool.counters().add(3, 2));

            assertThat(spool.counters().get(3)).isEqualTo(60_020);
            assertThat(spool.counters().get(4)).isZero();
        }
    }

    @Test
    void keepsWorkingWhenItsFilesAreRemoved() throws IOException {
        try (Spool spool = Spools.open(settings(directory)).spool()) {
            Spools.putNumbered(spool, 0, 10);
            for (Path file : Spools.files(directory, "")) {
                Files.delete(file);
            }
            Spools.putNumbered(spool, 10, 5_000);
            assertThat(Spools.pollAll(spool)).hasSize(5_000);
            spool.commit(5_000, new byte[0]);
            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
    }

    /** A file system without a journal on a disk whose blocks are promised, and not there. */
    @Test
    void returnsUnforcedWhenTheDiskDoesNotConfirm() throws Exception {
        try (MountedDisk disk = MountedDisk.over(directory, "size=2m")) {
            Path image = disk.directory().resolve("image");
            Path mounted = Files.createDirectory(disk.directory().resolve("mounted"));
            Spools.extend(image, 64L << 20);
            boolean isReady = MountedDisk.run("mkfs.ext2", "-q", "-m", "0", image.toString())
                    && MountedDisk.run("mount", "-o", "loop", image.toString(), mounted.toString());
            assumeTrue(isReady, "there is no loop device here");
            try (Spool spool = Spools.open(forcing(mounted)).spool()) {
                assertThat(Spools.put(spool, Spools.numbered(0))).isEqualTo(Append.APPENDED);
                fill(ballast());
                List<Append> seen = new ArrayList<>();
                Await.until("an event is kept without being forced to the disk", () -> {
                    seen.add(Spools.put(spool, Spools.numbered(seen.size())));
                    return seen.contains(Append.UNFORCED);
                });
                assertThat(spool.status().failure()).contains("msync");
                assertThat(Spools.pollAll(spool)).hasSize((int) spool.status().next());
            } finally {
                MountedDisk.run("umount", "--lazy", mounted.toString());
            }
        }
    }

    private static SpoolSettings forcing(Path directory) {
        return new SpoolSettings(directory, SEGMENT, 100L * SEGMENT, Overflow.NEWEST, new Sync.Always());
    }
}
