package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.Assignment;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.assignments.Ledger;
import io.variate.assignments.delivery.AnalyticsVerticle;
import io.variate.assignments.delivery.DeliveryStatus;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.KafkaProcess;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.testing.Await;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recording at full speed, with the drain beside it. */
@Tag("alone")
class MillionEventsIT {
    private static final int EVENTS = 1_000_000;
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void kafkaHoldsExactlyWhatTheLedgerSaysIsDelivered() throws Exception {
        try (KafkaProcess kafka = KafkaProcess.start(directory.resolve("kafka"), Map.of())) {
            Settings settings = SettingsLoader.load(
                    null,
                    Map.of(
                            "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                            kafka.bootstrapServers(),
                            "VARIATE_NODE_DATA_DIR",
                            directory.resolve("node").toString()));
            AssignmentLog log = new AssignmentLog(settings, Clock.systemUTC(), new SimpleMeterRegistry());
            log.open();
            Vertx vertx = Vertx.vertx();
            try {
                vertx.deployVerticle(new AnalyticsVerticle(settings, log, DeliveryStatus.unknown(), null))
                        .await(30, TimeUnit.SECONDS);

                long start = System.nanoTime();
                record(new AssignmentRecorder(settings, log));
                long recorded = System.nanoTime();
                Await.value("all events are delivered", SOON, () -> log.ledger().spooled(), seen -> seen == 0);

                Ledger ledger = log.ledger();
                System.out.printf(
                        "a million events: recorded in %d ms, delivered after %d ms: %s%n",
                        (recorded - start) / 1_000_000, (System.nanoTime() - start) / 1_000_000, ledger);
                assertThat(ledger.evaluated()).isEqualTo(EVENTS);
                // Faster than the disk can make room, some may be lost, and are counted; nothing else may be.
                assertThat(ledger.delivered()).isEqualTo(EVENTS - ledger.lost(Ledger.Loss.SPOOL_BUSY));
                assertThat(recordsIn(kafka, settings.kafka().topic())).isEqualTo(ledger.delivered());
            } finally {
                vertx.close().await(30, TimeUnit.SECONDS);
                log.close();
            }
        }
    }

    private static void record(AssignmentRecorder recorder) {
        EvaluationPlan plan = CompiledFlags.compile(List.of(flag())).planAll();
        Evaluation evaluation = new Evaluation();
        for (int i = 0; i < EVENTS; i++) {
            EvaluationContext context = plan.read(null, "user-" + i, "device-" + i);
            recorder.record(new Assignment(context, evaluation.evaluate(context), 1, "", "it", i));
        }
    }

    private static long recordsIn(KafkaProcess kafka, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            TopicPartition only = new TopicPartition(topic, 0);
            ListOffsetsResultInfo end = admin.listOffsets(Map.of(only, OffsetSpec.latest()))
                    .partitionResult(only)
                    .get(30, TimeUnit.SECONDS);
            return end.offset();
        }
    }

    private static Flag flag() {
        Object tree = Json.parse("""
                        {"key":"flag","segments":[{"variant":"on"}],"variants":{"on":{"key":"on"}}}""");
        return ((FlagReading.Accepted) FlagReader.read(tree, "flag")).flag();
    }
}
