package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events that are neither assignments nor exposures, on a node that forwards them. */
@Timeout(60)
@Tag("slow")
class ForwardedEventsTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "checkout", "type": "server", "flags": ["*"]}], "flags": []}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EventNode events;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        events = EventNode.startForwarding(directory, RULESET);
        node = events.node();
    }

    @AfterAll
    static void stop() {
        events.close();
    }

    @Test
    void forwardsEventsUnchangedBeforeItAnswers() {
        String sent =
                "{\"user_id\":\"viewer\",\"event_type\":\"page view\",\"n\":[1.0, 2e0],\"user_properties\":{\"$set\":{}}}";
        long received = node.ledger().getLong("received");

        HttpResponse<String> answer = post(node, sent, EventNode.assignment("viewer", ""), sent);

        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getInteger("events_ingested")).isEqualTo(3);
        assertThat(events.forwarded("viewer")).containsExactly(sent, sent);
        assertThat(node.metric("variate_events_forwarded_total")).isGreaterThanOrEqualTo(2);
        assertThat(node.ledger().getLong("received")).isEqualTo(received + 1);
    }

    @Test
    void rejectsAnEventLargerThanKafkaAccepts() {
        String huge = "{\"user_id\":\"huge\",\"event_type\":\"e\",\"x\":\"" + "x".repeat(2 << 20) + "\"}";

        HttpResponse<String> answer = post(node, huge);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(new JsonObject(answer.body()).getString("reason")).isEqualTo("event_too_large");
    }

    @Test
    void asksClientsToRetryWithoutKafkaButRecordsAssignments() {
        try (RunningNode alone = RunningNode.serving(RULESET, withUnreachableKafka())) {
            HttpResponse<String> answer =
                    post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}", EventNode.assignment("u", ""));

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("retry-after")).isPresent();
            JsonObject rejection = new JsonObject(answer.body());
            // All SDKs retry after this code, whatever the status.
            assertThat(rejection.getInteger("code")).isEqualTo(408);
            // The client tried the only node twice; the second try found the first batch still waiting for Kafka.
            assertThat(rejection.getString("reason")).isEqualTo("overloaded");
            assertThat(alone.ledger().getLong("spooled")).isEqualTo(1);
            // The first batch still waits, so the next one is rejected at once.
            assertThat(new JsonObject(post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}")
                                    .body())
                            .getString("reason"))
                    .isEqualTo("overloaded");
        }
    }

    @Test
    void reportsThatNoNodeForwardsEvents() {
        try (RunningNode alone = RunningNode.serving(RULESET, EventNode.forwarding())) {
            HttpResponse<String> answer = post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(answer.body()).getString("reason")).isEqualTo("no_node");
        }
    }

    private static Map<String, String> withUnreachableKafka() {
        Map<String, String> settings = new HashMap<>(EventNode.forwarding());
        settings.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
        return settings;
    }

    private static HttpResponse<String> post(RunningNode to, String... events) {
        return to.post("/batch", EventNode.upload("server-key", events));
    }
}
