package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.Assignment;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.assignments.Assignments;
import io.variate.assignments.Ledger;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.bus.codecs.MessageCodecs;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EventsReader;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class AnalyticsVerticleTest {
    private static final Map<Ledger.Loss, Long> NOTHING_LOST =
            Arrays.stream(Ledger.Loss.values()).collect(Collectors.toMap(loss -> loss, loss -> 0L));

    private static final EvaluationPlan ONE_FLAG = Assignments.compile(
                    "[{\"key\":\"flag\",\"segments\":[{\"variant\":\"on\"}],\"variants\":{\"on\":{\"key\":\"on\"}}}]")
            .planAll();

    @TempDir
    static Path directory;

    @TempDir
    static Path dataDirectory;

    private static EmbeddedKafka kafka;

    private final Vertx vertx = Vertx.vertx();
    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final List<AssignmentLog> logs = new ArrayList<>();

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.start(directory, 0);
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
        logs.forEach(AssignmentLog::close);
    }

    @Test
    void deliversEventsToKafkaInOrderKeyedByUser() throws Exception {
        Settings settings = settings("ordered", Map.of());
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        deploy(settings, log, DeliveryStatus.unknown());
        IntStream.range(0, 500).forEach(n -> record(recorder, n));
        Await.value(
                "the expected number of events is delivered",
                () -> count("variate.assignments.delivered"),
                seen -> seen == 500);
        List<EventsReader.Event> events = EventsReader.readAll(kafka.bootstrapServers(), "ordered");
        assertThat(events).extracting(EventsReader.Event::key).containsOnly("user");
        assertThat(events).hasSize(500).isSortedAccordingTo((a, b) -> Long.compare(revision(a), revision(b)));
        assertThat(gauge("variate.assignments.spooled")).isZero();
    }

    @Test
    void deliversEventsOfAnOutageOnceKafkaIsBack() throws Exception {
        Settings settings = settings("away", Map.of());
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        DeliveryStatus status = DeliveryStatus.unknown();
        kafka.stop();
        try {
            deploy(settings, log, status);
            IntStream.range(0, 50).forEach(n -> record(recorder, n));
            Await.until("Kafka is down", status::isDown);
        } finally {
            kafka.restart();
        }
        Await.value(
                "the expected number of events is delivered",
                () -> count("variate.assignments.delivered"),
                seen -> seen == 50);
        Await.until("Kafka is up", status::isUp);
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "away")).hasSize(50);
    }

    @Test
    void countsAnEventTooLargeForKafkaAndDeliversTheRest() throws Exception {
        Settings settings = settings("poison", Map.of());
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        String huge = "{\"user_id\":\"" + "x".repeat(2_000_000) + "\"}";
        recorder.record(assignment(ONE_FLAG.read(huge, null, null), 1));
        record(recorder, 2);
        deploy(settings, log, DeliveryStatus.unknown());
        Await.value(
                "the expected number of events is delivered",
                () -> count("variate.assignments.delivered"),
                seen -> seen == 1);
        assertThat(lost("refused")).isEqualTo(1);
        assertThat(gauge("variate.assignments.spooled")).isZero();
    }

    @Test
    void deliversTheRemainingEventsOnStop() throws Exception {
        Settings settings = settings("stop", Map.of("VARIATE_ASSIGNMENTS_LINGER", "1h"));
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        String id = deploy(settings, log, DeliveryStatus.unknown());
        IntStream.range(0, 2_500).forEach(n -> record(recorder, n));
        await(vertx.undeploy(id));
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "stop")).hasSize(2_500);
    }

    @Test
    void deliversEventsLeftByAStopAfterTheNextStart() throws Exception {
        Settings settings = settings("next", Map.of("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "100ms"));
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        kafka.stop();
        try {
            String id = deploy(settings, log, DeliveryStatus.unknown());
            IntStream.range(0, 50).forEach(n -> record(recorder, n));
            await(vertx.undeploy(id));
            log.close();
        } finally {
            kafka.restart();
        }
        AssignmentLog reopened = open(settings);
        assertThat(reopened.ledger()).isEqualTo(new Ledger(50, 0, 0, 0, 0, 0, 50, NOTHING_LOST));
        deploy(settings, reopened, DeliveryStatus.unknown());
        Await.value(
                "the expected number of events is delivered",
                () -> reopened.ledger().delivered(),
                seen -> seen == 50);
        assertThat(reopened.ledger()).isEqualTo(new Ledger(50, 0, 0, 0, 0, 50, 0, NOTHING_LOST));
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "next")).hasSize(50);
    }

    @Test
    void doesNotRedeliverEventsAcknowledgedDuringStop() throws Exception {
        Settings settings = settings("late", Map.of("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "4ms"));
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        String id = deploy(settings, log, DeliveryStatus.unknown());
        record(recorder, 0);
        Await.value(
                "the expected number of events is delivered", () -> log.ledger().delivered(), seen -> seen == 1);
        IntStream.range(1, 50).forEach(n -> record(recorder, n));
        await(vertx.undeploy(id));
        log.close();
        assertThat(open(settings).ledger().delivered())
                .isEqualTo(
                        EventsReader.readAll(kafka.bootstrapServers(), "late").size());
    }

    @Test
    void retriesFailuresDuringStop() throws Exception {
        Settings settings = settings(
                "again",
                Map.of(
                        "VARIATE_NODE_ROLES",
                        "evaluator",
                        "VARIATE_CLUSTER_ENABLED",
                        "true",
                        "VARIATE_ASSIGNMENTS_LINGER",
                        "1h"));
        AssignmentLog log = open(settings);
        record(new AssignmentRecorder(settings, log), 1);
        MessageCodecs.register(vertx.eventBus());
        AtomicInteger batches = new AtomicInteger();
        vertx.eventBus().consumer(Addresses.ASSIGNMENTS, batch -> {
            if (batches.incrementAndGet() == 1) {
                batch.fail(FailureCode.NOT_READY.number(), "not yet");
            } else {
                batch.reply(0);
            }
        });
        await(vertx.undeploy(deploy(settings, log, DeliveryStatus.unknown())));
        assertThat(batches).hasValue(2);
        assertThat(log.ledger()).isEqualTo(new Ledger(1, 0, 0, 0, 0, 1, 0, NOTHING_LOST));
    }

    @Test
    void limitsTheBatchesOfOtherNodes() throws Exception {
        Settings settings = settings("others", Map.of("VARIATE_CLUSTER_ENABLED", "true"));
        MessageCodecs.register(vertx.eventBus());
        kafka.stop();
        List<Future<Message<Object>>> answers;
        try {
            deploy(settings, open(settings), DeliveryStatus.unknown());
            answers = IntStream.range(0, 50).mapToObj(this::sendBatch).toList();
            Await.value(
                    "18 batches are answered",
                    () -> answers.stream().filter(Future::isComplete).count(),
                    seen -> seen == 18);
            assertThat(answers.stream().filter(Future::failed).map(Future::cause))
                    .allSatisfy(failure -> assertThat(FailureCode.of(((ReplyException) failure).failureCode()))
                            .isEqualTo(FailureCode.NOT_READY));
        } finally {
            kafka.restart();
        }
        Await.value(
                "32 batches are accepted",
                () -> answers.stream().filter(Future::succeeded).count(),
                seen -> seen == 32);
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "others")).hasSize(32);
    }

    private Future<Message<Object>> sendBatch(int n) {
        AssignmentBatch.Event event =
                new AssignmentBatch.Event(Buffer.buffer("user"), Buffer.buffer("{\"n\":" + n + "}"));
        return vertx.eventBus().request(Addresses.ASSIGNMENTS, new AssignmentBatch(List.of(event)));
    }

    @Test
    void recordsAnAssignmentOnceWithinTheWindow() {
        Settings settings = settings("once", Map.of("VARIATE_ASSIGNMENTS_DEDUPLICATION_WINDOW", "1h"));
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        IntStream.range(0, 3).forEach(n -> record(recorder, n));
        recorder.record(assignment(ONE_FLAG.read(null, "another", null), 1));
        assertThat(log.ledger()).isEqualTo(new Ledger(4, 0, 0, 0, 2, 0, 2, NOTHING_LOST));
    }

    @Test
    void countsAUserWithoutIdAsUntracked() {
        Settings settings = settings("nobody", Map.of());
        AssignmentLog log = open(settings);
        AssignmentRecorder recorder = new AssignmentRecorder(settings, log);
        recorder.record(assignment(ONE_FLAG.read("{\"country\":\"US\"}", null, null), 1));
        assertThat(log.ledger()).isEqualTo(new Ledger(1, 0, 0, 1, 0, 0, 0, NOTHING_LOST));
    }

    private String deploy(Settings settings, AssignmentLog log, DeliveryStatus status) throws Exception {
        return await(vertx.deployVerticle(new AnalyticsVerticle(settings, log, status, null)));
    }

    private AssignmentLog open(Settings settings) {
        AssignmentLog log = new AssignmentLog(settings, Clock.systemUTC(), metrics);
        log.open();
        logs.add(log);
        return log;
    }

    private static Settings settings(String topic, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.put("VARIATE_KAFKA_TOPIC", topic);
        environment.put("VARIATE_NODE_DATA_DIR", dataDirectory.resolve(topic).toString());
        // Most tests record the same assignment again and again.
        environment.putIfAbsent("VARIATE_ASSIGNMENTS_DEDUPLICATION_WINDOW", "1ms");
        return SettingsLoader.load(null, environment);
    }

    private static void record(AssignmentRecorder recorder, int n) {
        recorder.record(assignment(ONE_FLAG.read(null, "user", null), n));
    }

    private static Assignment assignment(EvaluationContext context, int revision) {
        return new Assignment(context, Evaluation.of(context), revision, "", "test", 0);
    }

    private static long revision(EventsReader.Event event) {
        return new JsonObject(event.value()).getLong("ruleset_revision");
    }

    private double count(String counter) {
        return metrics.get(counter).functionCounter().count();
    }

    private double lost(String cause) {
        return metrics.get("variate.assignments.lost")
                .tag("cause", cause)
                .functionCounter()
                .count();
    }

    private double gauge(String gauge) {
        return metrics.get(gauge).gauge().value();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
