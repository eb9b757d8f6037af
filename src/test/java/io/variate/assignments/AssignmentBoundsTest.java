package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.Ledger.Loss;
import io.variate.dev.EmbeddedKafka;
import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka is unavailable until the spool reaches its limit, and then comes back. */
@Tag("slow")
class AssignmentBoundsTest {
    private static final String RULESET = """
            {"formatVersion": 1, "revision": 1,
             "deployments": [{"key": "server", "label": "shop", "type": "server", "zone": "us", "flags": ["*"]}],
             "flags": [{"key": "f", "variants": {"v": {"key": "v"}}, "segments": [{"variant": "v"}]}]}""";

    @TempDir
    static Path directory;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path data;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.start(directory, 0);
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    private static Map<String, String> policy(String name) {
        return Map.of(
                "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                kafka.bootstrapServers(),
                "VARIATE_KAFKA_TOPIC",
                name,
                "VARIATE_ASSIGNMENTS_MAX_BYTES",
                "262144",
                "VARIATE_ASSIGNMENTS_WHEN_FULL",
                name);
    }

    private static List<String> arrivedUnder(String policy) {
        return Recording.usersIn(kafka.bootstrapServers(), policy);
    }

    /** Records until the log accepts events again. */
    private static void recordUntilKept(Recording recording) {
        int before = recording.kept.size();
        recording.recordUntil(() -> recording.kept.size() > before);
    }

    private static void recordUntilLost(Recording recording, Loss cause) {
        recording.recordUntil(() -> recording.log.ledger().lost(cause) >= 100);
    }

    @Test
    void dropNewestLosesOnlyTheEventsThatArriveWhileTheLogIsFull() {
        kafka.stop();
        try (Recording recording = Recording.open(data, policy("drop-newest"))) {
            recording.deliver();
            recordUntilLost(recording, Loss.SPOOL_FULL);
            assertThat(recording.log.ledger().delivered()).isZero();

            kafka.restart();
            recording.awaitDelivery();
            recordUntilKept(recording);
            recording.awaitDelivery();

            Ledger ledger = recording.balanced();
            assertThat(ledger.evaluated()).isEqualTo(recording.answered);
            assertThat(ledger.delivered()).isEqualTo(recording.kept.size());
            assertThat(ledger.lost(Loss.SPOOL_FULL) + ledger.lost(Loss.SPOOL_BUSY))
                    .isEqualTo(ledger.lostInAll());
            assertThat(recording.lostAsMetric(Loss.SPOOL_FULL)).isEqualTo(ledger.lost(Loss.SPOOL_FULL));
            assertThat(arrivedUnder("drop-newest")).containsExactlyElementsOf(recording.kept);
        }
    }

    @Test
    void dropOldestLosesTheOldestEventsAndKeepsTheNewest() {
        kafka.stop();
        try (Recording recording = Recording.open(data, policy("drop-oldest"))) {
            recordUntilLost(recording, Loss.DROPPED_OLDEST);
            recordUntilKept(recording);
            Ledger full = recording.balanced();
            assertThat(full.evaluated()).isEqualTo(recording.answered);
            assertThat(full.lost(Loss.SPOOL_FULL)).isZero();

            recording.deliver();
            kafka.restart();
            recording.awaitDelivery();
            recordUntilKept(recording);
            recording.awaitDelivery();

            Ledger ledger = recording.balanced();
            List<String> arrived = arrivedUnder("drop-oldest");
            assertThat(ledger.evaluated()).isEqualTo(recording.answered);
            assertThat(ledger.delivered()).isEqualTo(arrived.size());
            assertThat(ledger.lost(Loss.DROPPED_OLDEST)).isEqualTo(recording.kept.size() - arrived.size());
            assertThat(recording.lostAsMetric(Loss.DROPPED_OLDEST)).isEqualTo(ledger.lost(Loss.DROPPED_OLDEST));
            // The newest events, without further gaps.
            assertThat(recording.kept).endsWith(arrived.toArray(String[]::new));
        }
    }

    @Test
    void refuseLosesNoEventOfAnAnsweredRequest() {
        kafka.stop();
        try (Recording recording = Recording.open(data, policy("refuse"))) {
            recording.deliver();
            recording.recordUntil(() -> recording.asked > recording.answered + 100);

            kafka.restart();
            recording.awaitDelivery();
            recordUntilKept(recording);
            recording.awaitDelivery();

            Ledger ledger = recording.balanced();
            assertThat(ledger.lostInAll()).isZero();
            assertThat(ledger.evaluated()).isEqualTo(recording.answered);
            assertThat(ledger.delivered()).isEqualTo(recording.answered);
            assertThat(arrivedUnder("refuse")).containsExactlyElementsOf(recording.kept);
        }
    }

    @Test
    void refuseAsksClientsToRetryAndServesUntrackedRequests() {
        kafka.stop();
        Map<String, String> settings = Map.of(
                "VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers(),
                "VARIATE_KAFKA_TOPIC", "refuse-http",
                "VARIATE_ASSIGNMENTS_SEGMENT_BYTES", "65536",
                "VARIATE_ASSIGNMENTS_MAX_BYTES", "196608",
                "VARIATE_ASSIGNMENTS_WHEN_FULL", "refuse");
        try (RunningNode node = RunningNode.serving(RULESET, settings)) {
            List<String> answered = new ArrayList<>();
            HttpResponse<String> answer = ask(node, Recording.user(0));
            for (int user = 1; answer.statusCode() == 200; user++) {
                answered.add(Recording.user(user - 1));
                answer = ask(node, Recording.user(user));
            }
            assertThat(answered).isNotEmpty();
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("not_recorded");
            assertThat(ask(node, "untracked", "X-Amp-Exp-Track", "no-track").statusCode())
                    .isEqualTo(200);
            assertThat(ask(node, Recording.user(0)).statusCode())
                    .as("an assignment that is recorded already")
                    .isEqualTo(200);

            kafka.restart();
            Await.value(
                    "the node accepts requests again", () -> ask(node, "again").statusCode(), seen -> seen == 200);
            answered.add("again");
            Await.value(
                    "all answered events are delivered",
                    () -> node.metric("variate_assignments_delivered_total"),
                    seen -> seen == answered.size());
            assertThat(node.metric("variate_assignments_lost_total")).isZero();
            assertThat(Recording.usersIn(kafka.bootstrapServers(), "refuse-http"))
                    .containsExactlyElementsOf(answered);
        }
    }

    private static HttpResponse<String> ask(RunningNode node, String user, String... headers) {
        List<String> all = new ArrayList<>(List.of("Authorization", "Api-Key server"));
        all.addAll(List.of(headers));
        return node.get("/v1/vardata?user_id=" + user, all.toArray(String[]::new));
    }
}
