package io.variate.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReadEventsTest {

    private static final String TOPIC = "events";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedKafka kafka;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        EmbeddedKafkaTest.send(kafka.bootstrapServers(), TOPIC, "user-1", "{\"n\":1}");
        EmbeddedKafkaTest.send(kafka.bootstrapServers(), TOPIC, "user-2", "{\"n\":\"zwölf\"}");
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void printsEachEventOnItsOwnLine() {
        assertThat(run(kafka.bootstrapServers(), TOPIC)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"n\":1}\n{\"n\":\"zwölf\"}\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void printsNothingForATopicThatDoesNotExist() {
        assertThat(run(kafka.bootstrapServers(), "no-such-topic")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void reportsAnUnreachableBrokerInOneLine() {
        assertThat(run("127.0.0.1:" + FreePort.pick(), TOPIC)).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .startsWith("Cannot read ");
    }

    @Test
    void rejectsAnUnknownArgument() {
        assertThat(run(kafka.bootstrapServers(), TOPIC, "--folow")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--folow");
    }

    @Test
    void followsUntilInterrupted() throws Exception {
        EmbeddedKafkaTest.send(kafka.bootstrapServers(), "followed", "user-1", "{\"n\":1}");
        try (ServerProcess process = ServerProcess.start(
                List.of("-Dkafka=" + kafka.bootstrapServers(), "-Dtopic=followed"),
                ReadEvents.class.getName(),
                List.of("--follow"),
                Map.of(),
                directory)) {
            process.awaitLine("\"n\":1", Duration.ofSeconds(30));
            EmbeddedKafkaTest.send(kafka.bootstrapServers(), "followed", "user-3", "{\"n\":3}");
            process.awaitLine("\"n\":3", Duration.ofSeconds(30));

            // A build in the background of a shell ignores SIGINT, and so do the processes that it starts.
            boolean ignored = Signals.childrenIgnoreInt();
            process.sendSignal(ignored ? "TERM" : "INT");
            assertThat(process.exitCode(Duration.ofSeconds(30))).isEqualTo(ignored ? 143 : 130);
            assertThat(process.output()).containsExactly("{\"n\":1}", "{\"n\":3}");
        }
    }

    private int run(String broker, String topic, String... arguments) {
        return ReadEvents.run(
                broker,
                topic,
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
