package io.variate.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What a node takes of the machine right after a full collection.
 *
 * @param heap bytes in use
 * @param direct bytes of direct buffers that the JVM knows of
 * @param resident bytes of the process that are in memory
 * @param threads of the JVM
 * @param files open, connections included
 */
public record Footprint(long heap, long direct, long resident, long threads, long files) {
    private static final long MIB = 1 << 20;

    /** Linux only. */
    public static Footprint of(JarNode node) {
        long pid = node.process().pid();
        node.process().collectGarbage();
        return new Footprint(
                (long) node.metric("jvm_memory_used_bytes", "area=\"heap\""),
                (long) node.metric("jvm_buffer_memory_used_bytes", "id=\"direct\""),
                node.process().residentBytes(),
                (long) node.metric("jvm_threads_live_threads", ""),
                files(pid));
    }

    private static long files(long pid) {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The middle one of some, each number on its own. */
    public static Footprint median(List<Footprint> some) {
        return new Footprint(
                median(some, Footprint::heap),
                median(some, Footprint::direct),
                median(some, Footprint::resident),
                median(some, Footprint::threads),
                median(some, Footprint::files));
    }

    private static long median(List<Footprint> some, ToLongFunction<Footprint> number) {
        return some.stream().mapToLong(number).sorted().toArray()[some.size() / 2];
    }

    @Override
    public String toString() {
        return String.format(
                "heap %.1f MiB, direct %.1f MiB, resident %d MiB, %d threads, %d files",
                (double) heap / MIB, (double) direct / MIB, resident / MIB, threads, files);
    }
}
