package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.StreamReaders;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of streams of flags from the production jar with its default settings: 2,500 with a heap of 160 MB, and in the
 * profile {@code long} 10,000 with a heap of 512 MB.
 */
class StreamsIT {
    private static final int MANY = LongRun.either(2_500, 10_000);
    private static final int HEAP_MEGABYTES = LongRun.either(160, 512);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static JarNode start() {
        JarNode started = JarNode.start(
                NodeSettings.of(directory, "many")
                        .set("postgres.uri", Neighbours.database())
                        .set("admin.token", JarNode.TOKEN),
                "-Xmx" + HEAP_MEGABYTES + "m");
        started.putRuleset(Documents.colour(StreamReaders.mark(0)));
        started.awaitReady();
        return started;
    }

    @Test
    void thousandsOfStreamsReceiveEveryChangeFromASmallHeap() {
        requireFileDescriptors(MANY + 1000);
        try (JarNode many = start()) {
            try (StreamReaders readers = StreamReaders.open(MANY, Documents.KEY, List.of(many.httpPort()))) {
                readers.await(0, PATIENCE);
                assertThat(many.metric("variate_streams_open ", "")).isEqualTo(MANY);

                for (int change = 1; change <= 3; change++) {
                    readers.expect(change);
                    long start = System.nanoTime();
                    many.putRuleset(Documents.colour(StreamReaders.mark(change)));
                    long last = readers.await(change, PATIENCE).last();
                    System.out.printf(
                            "streams: the last of %d has a change after %.0f ms%n", MANY, (last - start) / 1e6);
                }
                assertThat(readers.open()).isEqualTo(MANY);
                assertThat(many.metric("variate_streams_dropped_total", "")).isZero();
            }
            Await.value(
                    "all streams are closed",
                    PATIENCE,
                    () -> many.metric("variate_streams_open ", ""),
                    seen -> seen == 0);
        }
    }

    /** Skips where this user may not open so many, unless the environment says {@code CI=true}: there it fails. */
    private static void requireFileDescriptors(long count) {
        boolean enough = !(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)
                || system.getMaxFileDescriptorCount() >= count;
        if ("true".equals(System.getenv("CI"))) {
            assertThat(enough).as("CI may open %d files: see ulimit -n", count).isTrue();
        }
        assumeTrue(enough, "this user may not open " + count + " files: see ulimit -n");
    }
}
