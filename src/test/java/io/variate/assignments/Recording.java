package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.Ledger.Loss;
import io.variate.assignments.delivery.AnalyticsVerticle;
import io.variate.assignments.delivery.DeliveryStatus;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.EventsReader;
import io.variate.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The log of one node with its recorder and delivery, and the test's own counts for comparison. */
final class Recording implements AutoCloseable {
    private static final Assignments ONE_FLAG = Assignments.of("""
            [{"key": "f", "variants": {"v": {"key": "v"}}, "segments": [{"variant": "v"}]}]""");

    /** Long, so that few events fill a small spool. */
    private static final String PADDING = "x".repeat(400);

    final Settings settings;
    final AssignmentLog log;
    final AssignmentRecorder recorder;
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final DeliveryStatus status = DeliveryStatus.unknown();
    private final Vertx vertx = Vertx.vertx();

    /** Tracked requests. */
    long asked;

    /** Answers given to tracked requests. */
    long answered;

    /** Users whose event was not lost at once. */
    final List<String> kept = new ArrayList<>();

    private Recording(Settings settings) {
        this.settings = settings;
        this.log = new AssignmentLog(settings, Clock.systemUTC(), metrics);
        this.recorder = new AssignmentRecorder(settings, log);
        log.open();
    }

    /** Opens a log with the smallest segments; more settings are named as environment variables. */
    static Recording open(Path directory, Map<String, String> more) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "VARIATE_NODE_DATA_DIR", directory.toString(),
                "VARIATE_ASSIGNMENTS_SEGMENT_BYTES", "65536",
                "VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "100ms"));
        variables.putAll(more);
        return new Recording(SettingsLoader.load(null, variables));
    }

    /** Starts to deliver, and to look after the log. */
    void deliver() {
        vertx.deployVerticle(new AnalyticsVerticle(settings, log, status, null)).await();
    }

    static String user(int number) {
        return "user-%06d-".formatted(number) + PADDING;
    }

    /** Records assignments of further users, and checks the ledger after each. */
    void record(int users) {
        for (int i = 0; i < users; i++) {
            record(user((int) asked));
        }
    }

    /** Records the assignments of further users until something is so. */
    void recordUntil(BooleanSupplier condition) {
        Await.until("the condition holds while events are recorded", () -> {
            record(user((int) asked));
            return condition.getAsBoolean();
        });
    }

    private void record(String user) {
        asked++;
        Assignment told = ONE_FLAG.to(user, null);
        long lostBefore = lostAtOnce(log.ledger());
        boolean mayAnswer = recorder.record(new Assignment(
                told.context(),
                told.evaluation(),
                told.revision(),
                told.project(),
                told.deployment(),
                System.currentTimeMillis()));
        Ledger ledger = balanced();
        if (mayAnswer) {
            answered++;
            if (lostAtOnce(ledger) == lostBefore) {
                kept.add(user);
            }
        }
    }

    private static long lostAtOnce(Ledger ledger) {
        return ledger.lostInAll() - ledger.lost(Loss.DROPPED_OLDEST);
    }

    /** The ledger, which must balance. */
    Ledger balanced() {
        Ledger ledger = log.ledger();
        assertThat(ledger.untracked()
                        + ledger.deduplicated()
                        + ledger.delivered()
                        + ledger.spooled()
                        + ledger.lostInAll())
                .isEqualTo(ledger.evaluated() + ledger.exposures() + ledger.received());
        return ledger;
    }

    long lostAsMetric(Loss cause) {
        return (long) metrics.get("variate.assignments.lost")
                .tag("cause", cause.label())
                .functionCounter()
                .count();
    }

    void awaitDelivery() {
        Await.value("all events are delivered", () -> log.ledger().spooled(), seen -> seen == 0);
    }

    /** Users in a topic, in order. */
    static List<String> usersIn(String bootstrapServers, String topic) {
        return EventsReader.readAll(bootstrapServers, topic).stream()
                .map(event -> new JsonObject(event.value()).getString("user_id"))
                .toList();
    }

    @Override
    public void close() {
        vertx.close().await();
        log.close();
    }
}
