package io.variate.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class EmbeddedKafkaTest {

    private static final String TOPIC = "events";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void keepsDataAndPortThroughAnOutage() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0)) {
            String servers = kafka.bootstrapServers();
            send(servers, TOPIC, "user-1", "before");

            kafka.stop();
            FreePort.require(port(servers));

            kafka.restart();
            assertThat(kafka.bootstrapServers()).isEqualTo(servers);
            send(servers, TOPIC, "user-1", "after");
            assertThat(EventsReader.readAll(servers, TOPIC))
                    .containsExactly(
                            new EventsReader.Event("user-1", "before"), new EventsReader.Event("user-1", "after"));
        }
    }

    @Test
    void continuesWithTheDataOfAKilledBroker() throws Exception {
        Path data = directory.resolve("kafka");
        try (ServerProcess victim = ServerProcess.start(
                List.of("-Xmx256m"), Broker.class.getName(), List.of(data.toString()), Map.of(), directory)) {
            String ready = victim.awaitLine("^ready ", Duration.ofSeconds(60));
            send(ready.substring("ready ".length()), TOPIC, "user-1", "before");
            victim.sendSignal("KILL");
            assertThat(victim.exitCode(Duration.ofSeconds(10))).isEqualTo(137);
        }

        try (EmbeddedKafka kafka = EmbeddedKafka.start(data, 0)) {
            send(kafka.bootstrapServers(), TOPIC, null, "after");

            assertThat(EventsReader.readAll(kafka.bootstrapServers(), TOPIC))
                    .containsExactly(new EventsReader.Event("user-1", "before"), new EventsReader.Event(null, "after"));
        }
    }

    @Test
    void rejectsADirectoryOrPortInUse() {
        try (EmbeddedKafka first = EmbeddedKafka.start(directory.resolve("first"), 0)) {
            assertThatThrownBy(() -> EmbeddedKafka.start(directory.resolve("first"), 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("uses " + directory.resolve("first"));

            int port = port(first.bootstrapServers());
            assertThatThrownBy(() -> EmbeddedKafka.start(directory.resolve("second"), port))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Port " + port);
        }
    }

    private static int port(String servers) {
        return Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
    }

    static void send(String servers, String topic, @Nullable String key, String value) throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", servers, "delivery.timeout.ms", 20_000, "request.timeout.ms", 5_000);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, key, value)).get(30, TimeUnit.SECONDS);
        }
    }

    /** Runs a broker until the test kills its JVM. */
    static final class Broker {

        private Broker() {}

        @SuppressWarnings("resource") // The test kills the JVM before it can close the broker.
        public static void main(String[] arguments) {
            System.out.println(
                    "ready " + EmbeddedKafka.start(Path.of(arguments[0]), 0).bootstrapServers());
        }
    }
}
