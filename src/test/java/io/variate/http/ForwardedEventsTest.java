package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EventsReader;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events that are neither assignments nor exposures, where there is a topic for them. */
@Timeout(60)
class ForwardedEventsTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "checkout", "type": "server", "flags": ["*"]}], "flags": []}
            """;

    private static final String TOPIC = "others";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedKafka kafka;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start(directory, 0);
        node = RunningNode.serving(
                RULESET,
                Map.of(
                        "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                        kafka.bootstrapServers(),
                        "VARIATE_EVENTS_FORWARD_TOPIC",
                        TOPIC));
    }

    @AfterAll
    static void stop() {
        node.close();
        kafka.close();
    }

    @Test
    void anEventIsInItsTopicAsItWasSentWhenTheAnswerComes() {
        String sent =
                "{\"user_id\":\"viewer\",\"event_type\":\"page view\",\"n\":[1.0, 2e0],\"user_properties\":{\"$set\":{}}}";
        long received = node.ledger().getLong("received");

        HttpResponse<String> answer = post(node, sent, assignment("viewer"), sent);

        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getInteger("events_ingested")).isEqualTo(3);
        assertThat(forwarded("viewer")).containsExactly(sent, sent);
        assertThat(node.metric("variate_events_forwarded_total")).isGreaterThanOrEqualTo(2);
        assertThat(node.ledger().getLong("received")).isEqualTo(received + 1);
    }

    @Test
    void anEventThatKafkaWillNeverTakeIsToBeSentAlone() {
        String huge = "{\"user_id\":\"huge\",\"event_type\":\"e\",\"x\":\"" + "x".repeat(2 << 20) + "\"}";

        HttpResponse<String> answer = post(node, huge);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(new JsonObject(answer.body()).getString("reason")).isEqualTo("event_too_large");
    }

    @Test
    void withoutKafkaTheSenderIsToKeepThemWhileAssignmentsAreTaken() {
        try (RunningNode alone = RunningNode.serving(
                RULESET,
                Map.of("VARIATE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", "VARIATE_EVENTS_FORWARD_TOPIC", TOPIC))) {
            HttpResponse<String> answer = post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}", assignment("u"));

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("retry-after")).isPresent();
            JsonObject refusal = new JsonObject(answer.body());
            // By which all SDKs try again, whatever the status is.
            assertThat(refusal.getInteger("code")).isEqualTo(408);
            // It is the only node, so it was asked twice, and still waited for the first.
            assertThat(refusal.getString("reason")).isEqualTo("overloaded");
            assertThat(alone.ledger().getLong("spooled")).isEqualTo(1);
            // The first still waits, so that a second has not to.
            assertThat(new JsonObject(post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}")
                                    .body())
                            .getString("reason"))
                    .isEqualTo("overloaded");
        }
    }

    @Test
    void aNodeOfAClusterThatHasNoneToForwardThemSaysSo() {
        try (RunningNode alone = RunningNode.serving(RULESET, Map.of("VARIATE_EVENTS_FORWARD_TOPIC", TOPIC))) {
            HttpResponse<String> answer = post(alone, "{\"user_id\":\"u\",\"event_type\":\"e\"}");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(answer.body()).getString("reason")).isEqualTo("no_node");
        }
    }

    private static String assignment(String user) {
        return "{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"" + user + "\"}";
    }

    private static HttpResponse<String> post(RunningNode to, String... events) {
        String body = "{\"api_key\":\"server-key\",\"events\":[" + String.join(",", events) + "]}";
        return to.post("/batch", body);
    }

    private static List<String> forwarded(String key) {
        return EventsReader.readAll(kafka.bootstrapServers(), TOPIC).stream()
                .filter(event -> key.equals(event.key()))
                .map(EventsReader.Event::value)
                .toList();
    }
}
