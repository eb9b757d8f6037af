package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EventsReader;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyticsVerticleTest {
    private static final EvaluationPlan NO_FLAGS =
            CompiledFlags.compile(List.of()).planAll();

    @TempDir
    static Path directory;

    private static EmbeddedKafka kafka;

    private final Vertx vertx = Vertx.vertx();
    private final MeterRegistry metrics = new SimpleMeterRegistry();

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
    }

    @Test
    void bringsEventsToKafkaKeyedByUserAndInOrder() throws Exception {
        Settings settings = settings("ordered", Map.of());
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        deploy(settings, recorder, DeliveryStatus.unknown());
        IntStream.range(0, 500).forEach(n -> record(recorder, n));
        awaitUntil(() -> count("variate.assignments.delivered") == 500);
        List<EventsReader.Event> events = EventsReader.readAll(kafka.bootstrapServers(), "ordered");
        assertThat(events).extracting(EventsReader.Event::key).containsOnly("user");
        assertThat(events).hasSize(500).isSortedAccordingTo((a, b) -> Long.compare(revision(a), revision(b)));
        assertThat(gauge("variate.assignments.buffered")).isZero();
    }

    @Test
    void whatWasRecordedWhileKafkaWasAwayArrivesOnceItIsBack() throws Exception {
        Settings settings = settings("away", Map.of());
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        DeliveryStatus status = DeliveryStatus.unknown();
        kafka.stop();
        try {
            deploy(settings, recorder, status);
            IntStream.range(0, 50).forEach(n -> record(recorder, n));
            awaitUntil(status::isDown);
        } finally {
            kafka.restart();
        }
        awaitUntil(() -> count("variate.assignments.delivered") == 50);
        assertThat(status.isUp()).isTrue();
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "away")).hasSize(50);
    }

    @Test
    void aFullBufferLosesTheNewestAndCountsThem() {
        Settings settings = settings("full", Map.of("VARIATE_ASSIGNMENTS_BUFFER_SIZE", "10"));
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        IntStream.range(0, 25).forEach(n -> record(recorder, n));
        assertThat(recorder.take(100)).hasSize(10);
        assertThat(lost("buffer-full")).isEqualTo(15);
        assertThat(count("variate.assignments.evaluated")).isEqualTo(25);
    }

    @Test
    void eventsTooLargeTogetherAreLostAndCountedWhateverTheirNumber() {
        Settings settings = settings("heavy", Map.of("VARIATE_ASSIGNMENTS_BUFFER_BYTES", "1000000"));
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        IntStream.range(0, 25).forEach(n -> recordHeavy(recorder, n));
        assertThat(recorder.waiting()).isBetween(4, 6);
        assertThat(recorder.waiting() + lost("buffer-full")).isEqualTo(25);
        assertThat(AssignmentRecorder.bytesOf(recorder.take(100))).isBetween(500_000L, 1_000_000L);
    }

    @Test
    void bytesAreHeldUntilTheirEventsAreSettled() throws Exception {
        Settings settings = settings("released", Map.of("VARIATE_ASSIGNMENTS_BUFFER_BYTES", "1000000"));
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        recordHeavy(recorder, 0);
        List<AssignmentBatch.Event> taken = recorder.take(1);
        IntStream.range(1, 25).forEach(n -> recordHeavy(recorder, n));
        double lost = lost("buffer-full");
        assertThat(AssignmentRecorder.bytesOf(taken)).isGreaterThan(150_000);
        assertThat(1 + recorder.waiting()).isBetween(4, 6);
        recorder.ledger().delivered(1);
        recorder.release(AssignmentRecorder.bytesOf(taken));
        deploy(settings, recorder, DeliveryStatus.unknown());
        awaitUntil(() -> gauge("variate.assignments.buffered") == 0);
        IntStream.range(25, 28).forEach(n -> recordHeavy(recorder, n));
        awaitUntil(() -> gauge("variate.assignments.buffered") == 0);
        assertThat(lost("buffer-full")).isEqualTo(lost);
        assertThat(count("variate.assignments.delivered")).isEqualTo(28 - lost);
    }

    @Test
    void anEventTooLargeForKafkaIsCountedAndHoldsUpNobody() throws Exception {
        Settings settings = settings("poison", Map.of());
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        String huge = "{\"user_id\":\"" + "x".repeat(2_000_000) + "\"}";
        recorder.record(assignment(NO_FLAGS.read(huge, null, null), 1));
        record(recorder, 2);
        deploy(settings, recorder, DeliveryStatus.unknown());
        awaitUntil(() -> count("variate.assignments.delivered") == 1);
        assertThat(lost("refused")).isEqualTo(1);
        assertThat(gauge("variate.assignments.buffered")).isZero();
    }

    @Test
    void aStopDeliversWhatIsLeft() throws Exception {
        Settings settings = settings("stop", Map.of("VARIATE_ASSIGNMENTS_LINGER", "1h"));
        AssignmentRecorder recorder = new AssignmentRecorder(settings, metrics);
        String id = deploy(settings, recorder, DeliveryStatus.unknown());
        IntStream.range(0, 2_500).forEach(n -> record(recorder, n));
        await(vertx.undeploy(id));
        assertThat(EventsReader.readAll(kafka.bootstrapServers(), "stop")).hasSize(2_500);
    }

    @Test
    void aUserWithoutAnyIdIsNobodyToAssignTo() {
        AssignmentRecorder recorder = new AssignmentRecorder(settings("nobody", Map.of()), metrics);
        recorder.record(assignment(NO_FLAGS.read("{\"country\":\"US\"}", null, null), 1));
        assertThat(recorder.waiting()).isZero();
        assertThat(count("variate.assignments.untracked")).isEqualTo(1);
    }

    @Test
    void aBatchThatCannotBeReadIsAnsweredAtOnce() throws Exception {
        Settings settings = settings("foreign", Map.of("VARIATE_CLUSTER_ENABLED", "true"));
        deploy(settings, new AssignmentRecorder(settings, metrics), DeliveryStatus.unknown());
        assertThat(refusal(() -> EvaluationRequest.fromJson(new JsonObject().put("version", 99))))
                .isEqualTo(FailureCode.UNSUPPORTED_VERSION);
        assertThat(refusal(() -> {
                    throw new IllegalArgumentException("cut off");
                }))
                .isEqualTo(FailureCode.INVALID_REQUEST);
        assertThat(refusal(() -> {
                    throw new IllegalStateException("a defect");
                }))
                .isEqualTo(FailureCode.INTERNAL);
        assertThat(refusal(() -> "no batch")).isEqualTo(FailureCode.INVALID_REQUEST);
    }

    /** Sends the node a message that is decoded, once it is asked for its body, by the given decoder. */
    private @Nullable FailureCode refusal(Supplier<Object> decoder) {
        LateCodec codec = new LateCodec(decoder);
        vertx.eventBus().registerCodec(codec);
        DeliveryOptions options = new DeliveryOptions().setCodecName(codec.name());
        Future<Message<Object>> answer = vertx.eventBus().request(Addresses.ASSIGNMENTS, "a batch", options);
        ReplyException refusal = catchThrowableOfType(ReplyException.class, () -> answer.await(5, TimeUnit.SECONDS));
        vertx.eventBus().unregisterCodec(codec.name());
        return FailureCode.of(refusal.failureCode());
    }

    private String deploy(Settings settings, AssignmentRecorder recorder, DeliveryStatus status) throws Exception {
        return await(vertx.deployVerticle(new AnalyticsVerticle(settings, recorder, status)));
    }

    private static Settings settings(String topic, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.put("VARIATE_KAFKA_TOPIC", topic);
        return SettingsLoader.load(null, environment);
    }

    private static void record(AssignmentRecorder recorder, int n) {
        recorder.record(assignment(NO_FLAGS.read(null, "user", null), n));
    }

    /** Records an event of some 200 kB, for the id stands in it as field, key and insert id. */
    private static void recordHeavy(AssignmentRecorder recorder, int n) {
        recorder.record(assignment(NO_FLAGS.read(null, "x".repeat(60_000), null), n));
    }

    private static Assignment assignment(EvaluationContext context, int revision) {
        return new Assignment(context, Evaluation.of(context), revision, "test", 0);
    }

    private static long revision(EventsReader.Event event) {
        return new JsonObject(event.value()).getLong("ruleset_revision");
    }

    private double count(String counter) {
        return metrics.get(counter).counter().count();
    }

    private double lost(String cause) {
        return metrics.get("variate.assignments.lost")
                .tag("cause", cause)
                .counter()
                .count();
    }

    private double gauge(String gauge) {
        return metrics.get(gauge).gauge().value();
    }

    private static void awaitUntil(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
