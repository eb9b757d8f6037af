package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import io.variate.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Spools for tests, of small segments, and what is done to their files. */
final class Spools {
    static final int SEGMENT = 4096;
    static final byte[] NO_KEY = {};

    private Spools() {}

    static SpoolSettings settings(Path directory) {
        return new SpoolSettings(directory, SEGMENT, 64 * SEGMENT, Overflow.NEWEST, new Sync.Never());
    }

    static SpoolSettings settings(Path directory, int segments, Overflow overflow) {
        return new SpoolSettings(directory, SEGMENT, (long) segments * SEGMENT, overflow, new Sync.Never());
    }

    static Opening.Opened open(Path directory) {
        return open(settings(directory));
    }

    static Opening.Opened open(SpoolSettings settings) {
        Opening opening = Spool.open(settings);
        assertThat(opening).isInstanceOf(Opening.Opened.class);
        return (Opening.Opened) opening;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Appends; where the next segment is not ready yet, until it is. */
    static Append put(Spool spool, String value) {
        Append[] result = {Append.NOT_READY};
        Await.until(
                "the spool is ready for the event",
                () -> (result[0] = spool.append(0, NO_KEY, bytes(value))) != Append.NOT_READY);
        return result[0];
    }

    /** Appends numbered values of about 100 bytes until the spool is full; returns the number of accepted ones. */
    static int fill(Spool spool, int from) {
        int next = from;
        while (put(spool, numbered(next)) == Append.APPENDED) {
            next++;
        }
        return next - from;
    }

    static void putNumbered(Spool spool, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(put(spool, numbered(i))).isEqualTo(Append.APPENDED);
        }
    }

    static String numbered(int number) {
        return "%05d".formatted(number) + "x".repeat(95);
    }

    static List<Integer> numbers(List<Entry> entries) {
        return entries.stream()
                .map(entry -> Integer.parseInt(text(entry.value()).substring(0, 5)))
                .toList();
    }

    static List<Entry> pollAll(Spool spool) {
        List<Entry> all = new ArrayList<>();
        List<Entry> batch = spool.poll(100, Long.MAX_VALUE);
        while (!batch.isEmpty()) {
            all.addAll(batch);
            batch = spool.poll(100, Long.MAX_VALUE);
        }
        return all;
    }

    static List<String> values(List<Entry> entries) {
        return entries.stream().map(entry -> text(entry.value())).toList();
    }

    /** Waits until there are so many segments, and a new one among them: then no file changes until the next append. */
    static void awaitSpare(Path directory, int segments) {
        Await.until(segments + " segments exist and the last one is unused", () -> {
            List<Path> files = files(directory, ".spool");
            return files.size() == segments && isUnused(files.get(segments - 1));
        });
    }

    private static boolean isUnused(Path segment) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
            return bytes.limit() == SEGMENT && SegmentHeader.isUnused(bytes);
        } catch (NoSuchFileException e) {
            return false; // Deleted meanwhile.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Path> files(Path directory, String suffix) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path firstSegment(Path directory) {
        return files(directory, ".spool").get(0);
    }

    /** What another process would find if this one died now. */
    static Path copyAsKilled(Path directory, Path target) throws IOException {
        Files.createDirectories(target);
        for (Path file : files(directory, "")) {
            if (!file.endsWith("lock")) {
                copy(file, target.resolve(file.getFileName()));
            }
        }
        return target;
    }

    private static void copy(Path file, Path target) throws IOException {
        try {
            Files.copy(file, target);
        } catch (NoSuchFileException settled) {
            // Deleted meanwhile; the place in the log is copied after it.
        }
    }

    static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /** A file of holes. */
    static void extend(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    static void overwrite(Path file, long at, byte[] with) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(with), at);
        }
    }

    static void flipBit(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
            channel.write(one, at);
        }
    }
}
