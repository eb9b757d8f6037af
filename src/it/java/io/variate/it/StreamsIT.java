package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.variate.testing.Await;
import io.variate.testing.StreamReaders;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Streams of flags from the production jar with the settings as they come: very many, and one for a minute. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StreamsIT {
    private static final int MANY = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration MINUTE = Duration.ofSeconds(62);

    /** How long SDKs wait for an event before they give up. */
    private static final Duration SILENCE = Duration.ofSeconds(17);

    private static final String KEEP_ALIVE = "data:  ";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private static CompletableFuture<List<Event>> minute;

    private record Event(long nanos, String line) {}

    @BeforeAll
    static void start() {
        node = started("one");
        // Beside the other test, for its time goes by anyway.
        minute = CompletableFuture.supplyAsync(StreamsIT::readForAMinute, work -> new Thread(work).start());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static JarNode started(String id, String... jvmArguments) {
        JarNode started = JarNode.start(
                NodeSettings.of(directory, id)
                        .set("postgres.uri", Neighbours.database())
                        .set("admin.token", JarNode.TOKEN),
                jvmArguments);
        started.putRuleset(Documents.colour(StreamReaders.mark(0)));
        started.awaitReady();
        return started;
    }

    @Test
    @Order(1)
    void tenThousandStreamsGetEverySetFromAHeapOfHalfAGigabyte() {
        requireFileDescriptors(MANY + 1000);
        try (JarNode many = started("many", "-Xmx512m")) {
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
                    "all are forgotten", PATIENCE, () -> many.metric("variate_streams_open ", ""), seen -> seen == 0);
        }
    }

    @Test
    @Order(2)
    void oneStreamStaysOneConnectionForAMinute() throws Exception {
        node.putRuleset(Documents.colour(StreamReaders.mark(1)));

        List<Event> events = minute.get(2, TimeUnit.MINUTES);

        assertThat(events.get(0).line()).contains(StreamReaders.mark(0));
        assertThat(events)
                .filteredOn(event -> event.line().contains(StreamReaders.mark(1)))
                .hasSize(1);
        assertThat(events).filteredOn(event -> event.line().equals(KEEP_ALIVE)).hasSizeGreaterThanOrEqualTo(3);
        for (int i = 1; i < events.size(); i++) {
            assertThat(Duration.ofNanos(
                            events.get(i).nanos() - events.get(i - 1).nanos()))
                    .as("silence before event %d", i)
                    .isLessThan(SILENCE);
        }
        assertThat(node.metric("variate_streams_opened_total", "")).isEqualTo(1);
    }

    private static List<Event> readForAMinute() {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.httpPort() + "/sdk/stream/v1/flags"))
                .header("Authorization", "Api-Key " + Documents.KEY)
                .build();
        HttpResponse<Stream<String>> answer = HttpClient.newHttpClient()
                .sendAsync(request, BodyHandlers.ofLines())
                .join();
        List<Event> events = new ArrayList<>();
        long end = System.nanoTime() + MINUTE.toNanos();
        try (Stream<String> lines = answer.body()) {
            Iterator<String> line = lines.iterator();
            while (System.nanoTime() < end) {
                String next = line.next();
                if (!next.isEmpty()) {
                    events.add(new Event(System.nanoTime(), next));
                }
            }
        }
        return events;
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
