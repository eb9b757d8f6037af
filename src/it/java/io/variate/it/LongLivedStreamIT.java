package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.StreamReaders;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One stream of flags from the production jar with its default settings. */
class LongLivedStreamIT {
    /** Of reading, which ends with the keep-alive that follows. */
    private static final Duration TIME = LongRun.either(Duration.ofSeconds(29), Duration.ofSeconds(62));

    private static final int KEEP_ALIVES = LongRun.either(2, 3);

    /** SDKs close a stream that sends nothing for this long. */
    private static final Duration SILENCE = Duration.ofSeconds(17);

    private static final String KEEP_ALIVE = "data:  ";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private record Event(long nanos, String line) {}

    @Test
    void oneStreamStaysOneConnection() {
        try (JarNode node = JarNode.start(NodeSettings.of(directory, "one")
                .set("postgres.uri", Neighbours.database())
                .set("admin.token", JarNode.TOKEN))) {
            node.putRuleset(Documents.colour(StreamReaders.mark(0)));
            node.awaitReady();

            List<Event> events = read(node);

            assertThat(events.get(0).line()).contains(StreamReaders.mark(0));
            assertThat(events)
                    .filteredOn(event -> event.line().contains(StreamReaders.mark(1)))
                    .hasSize(1);
            assertThat(events)
                    .filteredOn(event -> event.line().equals(KEEP_ALIVE))
                    .hasSizeGreaterThanOrEqualTo(KEEP_ALIVES);
            for (int i = 1; i < events.size(); i++) {
                assertThat(Duration.ofNanos(
                                events.get(i).nanos() - events.get(i - 1).nanos()))
                        .as("silence before event %d", i)
                        .isLessThan(SILENCE);
            }
            assertThat(node.metric("variate_streams_opened_total", "")).isEqualTo(1);
        }
    }

    /** Reads until the time is over, and changes the ruleset after the first event. */
    private static List<Event> read(JarNode node) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/sdk/stream/v1/flags"))
                .header("Authorization", "Api-Key " + Documents.KEY)
                .build();
        HttpResponse<Stream<String>> answer = HttpClient.newHttpClient()
                .sendAsync(request, BodyHandlers.ofLines())
                .join();
        List<Event> events = new ArrayList<>();
        long end = System.nanoTime() + TIME.toNanos();
        try (Stream<String> lines = answer.body()) {
            Iterator<String> line = lines.iterator();
            while (System.nanoTime() < end) {
                String next = line.next();
                if (next.isEmpty()) {
                    continue;
                }
                events.add(new Event(System.nanoTime(), next));
                if (events.size() == 1) {
                    node.putRuleset(Documents.colour(StreamReaders.mark(1)));
                }
            }
        }
        return events;
    }
}
