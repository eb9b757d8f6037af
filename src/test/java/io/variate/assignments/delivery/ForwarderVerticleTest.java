package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.ForwarderLedger;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.amplitude.IngestionEndpoint;
import io.variate.assignments.amplitude.IngestionEndpoint.Reply;
import io.variate.bus.LedgerResponse.Forwarded;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.EmbeddedKafka;
import io.variate.testing.Await;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(120)
class ForwarderVerticleTest {
    private static final int PARTITIONS = 4;
    private static final Reply UNAVAILABLE = new Reply(503, "", Map.of(), false);

    @TempDir
    static Path directory;

    private static EmbeddedKafka kafka;
    private static Admin admin;
    private static KafkaProducer<String, String> producer;

    private final List<Forwarder> forwarders = new ArrayList<>();
    private IngestionEndpoint amplitude;

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.start(directory, 0, Map.of("group.initial.rebalance.delay.ms", "0"));
        admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
        producer = new KafkaProducer<>(
                // Idempotence delays the first records of a new topic in this broker, for up to two minutes.
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "enable.idempotence",
                        "false",
                        "max.in.flight.requests.per.connection",
                        "1"),
                new StringSerializer(),
                new StringSerializer());
    }

    @AfterAll
    static void stopKafka() {
        producer.close();
        admin.close();
        kafka.close();
    }

    @BeforeEach
    void start() throws Exception {
        amplitude = new IngestionEndpoint();
    }

    @AfterEach
    void stop() throws Exception {
        for (Forwarder forwarder : forwarders) {
            forwarder.stop();
            forwarder.vertx.close().await(30, TimeUnit.SECONDS);
        }
        amplitude.close();
    }

    @Test
    void deliversAndCommitsEveryEvent() throws Exception {
        String topic = topic("all");
        produce(topic, 0, 1_000);
        Forwarder forwarder = new Forwarder(topic, Map.of());
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 1_000);
        Await.value("all are committed", () -> committed(topic), seen -> seen == 1_000);
        assertThat(forwarder.ledger.read()).isEqualTo(new Forwarded(1_000, 1_000, 0));
        Await.until("the forwarder is up", forwarder.status::isUp);
    }

    @Test
    void keepsTheOrderOfEachUser() throws Exception {
        String topic = topic("order");
        produce(topic, 0, 1_000);
        new Forwarder(topic, Map.of("VARIATE_AMPLITUDE_MAX_BATCH_SIZE", "20"));
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 1_000);
        for (int user = 0; user < 50; user++) {
            String suffix = "/u" + user;
            assertThat(amplitude.taken().stream()
                            .filter(id -> id.endsWith(suffix))
                            .map(id -> Integer.parseInt(id.substring(0, id.indexOf('/'))))
                            .toList())
                    .hasSize(20)
                    .isSorted();
        }
    }

    @Test
    void readsTheTopicOfOtherClientEventsToo() throws Exception {
        String topic = topic("both");
        String other = topic("both-other");
        produce(topic, 0, 10);
        produce(other, 10, 20);
        new Forwarder(topic, Map.of("VARIATE_EVENTS_FORWARD_TOPIC", other));
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 20);
    }

    @Test
    void countsRejectedEventsAndCommitsThem() throws Exception {
        String topic = topic("rejected");
        send(topic, "u", "{\"user_id\":\"u\",\"insert_id\":\"a\",\"project\":\"without-key\"}");
        send(topic, "u", "not JSON");
        send(topic, "u", null);
        produce(topic, 0, 10);
        Forwarder forwarder = new Forwarder(topic, Map.of());
        Await.value("all are committed", () -> committed(topic), seen -> seen == 13);
        assertThat(forwarder.ledger.read()).isEqualTo(new Forwarded(13, 10, 3));
    }

    @Test
    void commitsNothingThatAmplitudeHasNotTaken() throws Exception {
        String topic = topic("uncommitted");
        produce(topic, 0, 100);
        amplitude.always(request -> UNAVAILABLE);
        Forwarder forwarder = new Forwarder(topic, Map.of("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "100ms"));
        Await.value("all are read", () -> forwarder.ledger.read().pending(), seen -> seen == 100);
        Await.until("Amplitude is down", forwarder.status::isDown);
        assertThat(forwarder.status.reason()).contains("status 503");
        forwarder.stop();
        assertThat(committed(topic)).isZero();

        amplitude.always(request -> Reply.ok());
        Forwarder next = new Forwarder(topic, Map.of());
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 100);
        Await.value("all are committed", () -> committed(topic), seen -> seen == 100);
        assertThat(next.ledger.read()).isEqualTo(new Forwarded(100, 100, 0));
    }

    @Test
    void anEventThatWaitsHoldsBackTheCommitButNotOtherEvents() throws Exception {
        String topic = topic("blocked");
        amplitude.always(request -> request.insertIds().contains("0/u0") ? UNAVAILABLE : Reply.ok());
        Forwarder forwarder = new Forwarder(topic, Map.of("VARIATE_AMPLITUDE_MAX_BATCH_SIZE", "1"));
        produce(topic, 0, 100);
        Await.until("others are taken", () -> amplitude.taken().size() >= 50);
        assertThat(committed(topic)).isLessThan(100);
        amplitude.always(request -> Reply.ok());
        Await.value("all are committed", () -> committed(topic), seen -> seen == 100);
        assertThat(forwarder.ledger.read()).isEqualTo(new Forwarded(100, 100, 0));
    }

    @Test
    void sendsEventsAgainWhoseForwarderEndedInMidFlight() throws Exception {
        String topic = topic("killed");
        produce(topic, 0, 100);
        amplitude.always(request -> new Reply(-1, "", Map.of(), true));
        Forwarder killed = new Forwarder(topic, Map.of("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "1ms"));
        Await.until("requests are in flight", () -> !amplitude.requests().isEmpty());
        killed.stop();
        int before = amplitude.requests().size();
        assertThat(committed(topic)).isZero();

        amplitude.always(request -> Reply.ok());
        new Forwarder(topic, Map.of());
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 100);
        assertThat(amplitude.requests().stream().skip(before).mapToInt(each -> each.events()
                        .size()))
                .satisfies(sizes -> assertThat(
                                sizes.stream().mapToInt(Integer::intValue).sum())
                        .isEqualTo(100));
    }

    @Test
    void finishesWhatIsInFlightBeforeItStops() throws Exception {
        String topic = topic("finish");
        produce(topic, 0, 200);
        Forwarder forwarder = new Forwarder(topic, Map.of());
        Await.until("some are read", () -> forwarder.ledger.read().received() > 0);
        forwarder.stop();
        assertThat(forwarder.ledger.read().pending()).isZero();
        assertThat(committed(topic)).isEqualTo(forwarder.ledger.read().received());
    }

    @Test
    void twoForwardersShareThePartitions() throws Exception {
        String topic = topic("shared");
        Forwarder one = new Forwarder(topic, Map.of());
        Forwarder two = new Forwarder(topic, Map.of());
        Await.until("both receive events", () -> {
            int next = amplitude.requests().size();
            produce(topic, 1_000 * next, 1_000 * next + 100);
            return one.ledger.read().received() > 0 && two.ledger.read().received() > 0;
        });
        long produced = end(topic);
        Await.value("all are committed", () -> committed(topic), seen -> seen == produced);
    }

    @Test
    void aSecondForwarderTakesOverAfterTheFirstHasStopped() throws Exception {
        String topic = topic("takeover");
        Forwarder one = new Forwarder(topic, Map.of());
        new Forwarder(topic, Map.of());
        produce(topic, 0, 100);
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 100);
        one.stop();
        produce(topic, 100, 200);
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 200);
    }

    @Test
    void boundsWhatIsInMemoryWhileAmplitudeIsDown() throws Exception {
        String topic = topic("bounded");
        produce(topic, 0, 20_000);
        amplitude.always(request -> UNAVAILABLE);
        Forwarder forwarder = new Forwarder(
                topic, Map.of("VARIATE_AMPLITUDE_MAX_BATCH_SIZE", "100", "VARIATE_AMPLITUDE_MAX_REQUESTS", "2"));
        Await.until("Amplitude is down", forwarder.status::isDown);
        // Polls of all partitions may be under way when the sink becomes full at 400.
        assertThat(forwarder.ledger.read().pending()).isBetween(400L, 3_000L);
        amplitude.always(request -> Reply.ok());
        Await.value("all are committed", () -> committed(topic), seen -> seen == 20_000);
    }

    @Test
    void resumesAfterAnOutageOfKafka() throws Exception {
        String topic = topic("outage");
        Forwarder forwarder = new Forwarder(topic, Map.of());
        produce(topic, 0, 10);
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 10);
        kafka.stop();
        try {
            Await.until("Kafka is down", forwarder.status::isDown);
        } finally {
            kafka.restart();
        }
        produce(topic, 10, 20);
        Await.value("all are taken", () -> amplitude.taken().size(), seen -> seen == 20);
        Await.until("the forwarder is up", forwarder.status::isUp);
    }

    // Support

    private final class Forwarder {
        private final Vertx vertx = Vertx.vertx();
        private final DeliveryStatus status = DeliveryStatus.unknown();
        private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        private final ForwarderLedger ledger = new ForwarderLedger(metrics);
        private final String id;

        Forwarder(String topic, Map<String, String> more) throws Exception {
            Map<String, String> environment = new HashMap<>(Map.of(
                    "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                    kafka.bootstrapServers(),
                    "VARIATE_KAFKA_TOPIC",
                    topic,
                    "VARIATE_AMPLITUDE_EVENTS",
                    "true",
                    "VARIATE_AMPLITUDE_URL",
                    amplitude.url().toString(),
                    "VARIATE_AMPLITUDE_API_KEY",
                    "key"));
            environment.putAll(more);
            Settings settings = SettingsLoader.load(null, environment);
            AmplitudeClient client = new AmplitudeClient(vertx, settings.amplitude(), metrics);
            id = vertx.deployVerticle(new ForwarderVerticle(settings, client, ledger, status, metrics))
                    .await(30, TimeUnit.SECONDS);
            forwarders.add(this);
        }

        void stop() throws Exception {
            if (vertx.deploymentIDs().contains(id)) {
                vertx.undeploy(id).await(30, TimeUnit.SECONDS);
            }
        }
    }

    private static String topic(String name) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1)))
                .all()
                .get(30, TimeUnit.SECONDS);
        return name;
    }

    private static void produce(String topic, int from, int to) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int n = from; n < to; n++) {
            String user = "u" + n % 50;
            sent.add(producer.send(new ProducerRecord<>(
                    topic,
                    user,
                    "{\"event_type\":\"test\",\"user_id\":\"" + user + "\",\"insert_id\":\"" + n + "/" + user
                            + "\"}")));
        }
        for (Future<RecordMetadata> each : sent) {
            each.get(30, TimeUnit.SECONDS);
        }
    }

    private static void send(String topic, String key, @Nullable String value) throws Exception {
        producer.send(new ProducerRecord<>(topic, key, value)).get(30, TimeUnit.SECONDS);
    }

    private static long committed(String topic) throws Exception {
        return admin
                .listConsumerGroupOffsets(ConsumerFactory.GROUP)
                .partitionsToOffsetAndMetadata()
                .get(30, TimeUnit.SECONDS)
                .entrySet()
                .stream()
                .filter(each -> each.getKey().topic().equals(topic) && each.getValue() != null)
                .map(Map.Entry::getValue)
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    private static long end(String topic) throws Exception {
        Map<org.apache.kafka.common.TopicPartition, org.apache.kafka.clients.admin.OffsetSpec> all = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            all.put(
                    new org.apache.kafka.common.TopicPartition(topic, partition),
                    org.apache.kafka.clients.admin.OffsetSpec.latest());
        }
        return admin.listOffsets(all).all().get(30, TimeUnit.SECONDS).values().stream()
                .mapToLong(each -> each.offset())
                .sum();
    }
}
