package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of clients, when the log has all the bytes it may have. */
@Timeout(60)
class ReceivedEventsTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server", "label": "shop", "type": "server", "flags": ["*"]}], "flags": []}""";

    private static final String PADDING = "x".repeat(10_000);
    private static final int MORE_THAN_FIT = 40;

    private int made;

    @Test
    void areRejectedWhenFullWithRefuse() {
        try (RunningNode node = full("refuse")) {
            int taken = 0;
            String refusal = "";
            for (int i = 0; i < MORE_THAN_FIT && refusal.isEmpty(); i++) {
                HttpResponse<String> answer = post(node);
                if (answer.statusCode() == 200) {
                    taken++;
                } else {
                    assertThat(answer.statusCode()).isEqualTo(503);
                    refusal = new JsonObject(answer.body()).getString("reason");
                }
            }

            assertThat(refusal).isEqualTo("not_recorded");
            JsonObject ledger = balanced(node);
            assertThat(taken).isPositive();
            assertThat(ledger.getLong("received")).isEqualTo(taken);
            assertThat(ledger.getLong("spooled")).isEqualTo(taken);
        }
    }

    @Test
    void areCountedAsLostWhenFullWithoutRefuse() {
        try (RunningNode node = full("drop-newest")) {
            for (int i = 0; i < MORE_THAN_FIT; i++) {
                assertThat(post(node).statusCode()).isEqualTo(200);
            }

            JsonObject ledger = balanced(node);
            assertThat(ledger.getLong("received")).isEqualTo(MORE_THAN_FIT);
            assertThat(ledger.getLong("spooled")).isLessThan(MORE_THAN_FIT);
        }
    }

    @Test
    void areRecordedOnRetryAfterTheyWereLost() {
        try (RunningNode node = full("drop-newest")) {
            for (int i = 0; i < MORE_THAN_FIT; i++) {
                post(node);
            }
            made--;

            post(node);

            assertThat(balanced(node).getLong("deduplicated")).isZero();
        }
    }

    @Test
    void recordsABatchLargerThanSeveralLogFiles() {
        int many = 1_000;
        try (RunningNode node = RunningNode.serving(RULESET, Map.of("VARIATE_ASSIGNMENTS_SEGMENT_BYTES", "65536"))) {
            String events = IntStream.range(0, many).mapToObj(i -> event()).collect(Collectors.joining(","));

            HttpResponse<String> answer = node.send(
                    "POST", node.httpPort(), "/batch", "{\"api_key\":\"server\",\"events\":[" + events + "]}");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(balanced(node).getLong("spooled")).isEqualTo(many);
        }
    }

    private static RunningNode full(String policy) {
        return RunningNode.serving(
                RULESET,
                Map.of(
                        "VARIATE_ASSIGNMENTS_SEGMENT_BYTES",
                        "65536",
                        "VARIATE_ASSIGNMENTS_MAX_BYTES",
                        "196608",
                        "VARIATE_ASSIGNMENTS_WHEN_FULL",
                        policy));
    }

    private HttpResponse<String> post(RunningNode node) {
        return node.send(
                "POST", node.httpPort(), "/2/httpapi", "{\"api_key\":\"server\",\"events\":[" + event() + "]}");
    }

    private String event() {
        return "{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"u\",\"insert_id\":\"" + made++
                + "\",\"padding\":\"" + PADDING + "\"}";
    }

    private static JsonObject balanced(RunningNode node) {
        JsonObject ledger = node.ledger();
        long lost = ledger.getJsonObject("lost").stream()
                .mapToLong(cause -> ((Number) cause.getValue()).longValue())
                .sum();
        assertThat(ledger.getLong("evaluated") + ledger.getLong("exposures") + ledger.getLong("received"))
                .isEqualTo(ledger.getLong("untracked")
                        + ledger.getLong("deduplicated")
                        + ledger.getLong("delivered")
                        + ledger.getLong("spooled")
                        + lost);
        return ledger;
    }
}
