package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.amplitude.IngestionEndpoint;
import io.variate.assignments.amplitude.IngestionEndpoint.Reply;
import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node without Kafka that delivers its events to Amplitude. */
@Timeout(60)
class AmplitudeDeliveryTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "all", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "f", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}""";

    private IngestionEndpoint amplitude;

    @BeforeEach
    void start() throws Exception {
        amplitude = new IngestionEndpoint();
    }

    @AfterEach
    void stop() throws Exception {
        amplitude.close();
    }

    @Test
    void assignmentsAndExposuresArriveAndTheLedgerBalances() {
        try (RunningNode node = node(Map.of())) {
            evaluate(node, 20);
            Await.value("all events are taken", () -> amplitude.taken().size(), seen -> seen == 40);
            Await.value("all events are settled", () -> ledger(node).getLong("spooled"), seen -> seen == 0);
            JsonObject ledger = ledger(node);
            assertThat(ledger.getLong("evaluated")).isEqualTo(20);
            assertThat(ledger.getLong("exposures")).isEqualTo(20);
            assertThat(ledger.getLong("delivered")).isEqualTo(40);
            assertThat(ledger.getJsonObject("forwarded")).isEqualTo(new JsonObject());
            assertThat(amplitude.takenEvents().get(0).fieldNames())
                    .doesNotContain("ruleset_revision", "deployment", "zone", "node");
        }
    }

    @Test
    void countsPermanentlyRejectedEventsAsRefused() {
        amplitude.next(Reply.of(400, new JsonObject("{\"error\":\"silenced\",\"silenced_events\":[0]}")));
        try (RunningNode node = node(Map.of())) {
            evaluate(node, 1);
            Await.value("the event is settled", () -> ledger(node).getLong("spooled"), seen -> seen == 0);
            assertThat(ledger(node).getJsonObject("lost").getLong("refused")).isEqualTo(1);
            assertThat(ledger(node).getLong("delivered")).isEqualTo(1);
        }
    }

    @Test
    void staysReadyAndReportsTheReasonWhileAmplitudeRejectsTheKey() {
        amplitude.always(request -> Reply.of(400, new JsonObject("{\"error\":\"Invalid API key: main-key\"}")));
        try (RunningNode node = node(Map.of())) {
            evaluate(node, 3);
            Await.value("delivery is down", () -> dependency(node).getString("status"), "down"::equals);
            assertThat(dependency(node).getString("reason")).contains("Invalid API key: ***");
            assertThat(health(node).statusCode()).isEqualTo(200);
            assertThat(ledger(node).getLong("spooled")).isEqualTo(6);
            amplitude.always(request -> Reply.ok());
            Await.value("delivery is up", () -> dependency(node).getString("status"), "up"::equals);
            assertThat(amplitude.taken()).hasSize(6);
        }
    }

    @Test
    void deliversOtherClientEventsBeforeItConfirmsThem() {
        try (RunningNode node = node(Map.of())) {
            assertThat(send(node, "{\"event_type\":\"Checkout\",\"user_id\":\"u\",\"insert_id\":\"c\",\"zone\":1}"))
                    .isEqualTo(200);
            assertThat(amplitude.taken()).containsExactly("c");
        }
    }

    @Test
    void refusesOtherClientEventsWhileAmplitudeIsDown() {
        amplitude.always(request -> new Reply(503, "", Map.of(), false));
        try (RunningNode node = node(Map.of())) {
            assertThat(send(node, "{\"event_type\":\"Checkout\",\"user_id\":\"u\",\"insert_id\":\"c\"}"))
                    .isEqualTo(503);
        }
    }

    @Test
    void countsFailedRequestsWithoutTheKey() {
        amplitude.always(request -> new Reply(503, "", Map.of(), false));
        try (RunningNode node = node(Map.of("VARIATE_ASSIGNMENTS_FLUSH_TIMEOUT", "100ms"))) {
            evaluate(node, 10);
            Await.value("delivery is down", () -> dependency(node).getString("status"), "down"::equals);
            assertThat(ledger(node).getLong("delivered")).isZero();
            assertThat(node.admin("GET", "/metrics", "").body())
                    .contains("variate_amplitude_requests_total{outcome=\"unavailable\"}")
                    .doesNotContain("main-key");
        }
    }

    private RunningNode node(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "VARIATE_AMPLITUDE_EVENTS", "true",
                "VARIATE_AMPLITUDE_URL", amplitude.url().toString(),
                "VARIATE_AMPLITUDE_API_KEY", "main-key",
                "VARIATE_PROJECT_API_KEY", "main-key"));
        settings.putAll(more);
        return RunningNode.serving(RULESET, settings);
    }

    private static void evaluate(RunningNode node, int users) {
        IntStream.range(0, users).forEach(n -> assertThat(node.get(
                                "/v1/vardata?user_id=user" + n,
                                "Authorization",
                                "Api-Key server-key",
                                "X-Amp-Exp-Exposure-Track",
                                "track")
                        .statusCode())
                .isEqualTo(200));
    }

    private static int send(RunningNode node, String event) {
        return node.send(
                        "POST",
                        node.httpPort(),
                        "/2/httpapi",
                        "{\"api_key\":\"main-key\",\"events\":[" + event + "]}",
                        "Content-Type",
                        "application/json")
                .statusCode();
    }

    private static HttpResponse<String> health(RunningNode node) {
        return node.send("GET", node.adminPort(), "/health/ready", "");
    }

    private static JsonObject dependency(RunningNode node) {
        return new JsonObject(health(node).body()).getJsonObject("dependencies").getJsonObject("amplitude");
    }

    private static JsonObject ledger(RunningNode node) {
        return new JsonObject(node.admin("GET", "/api/1/ledger", "").body()).getJsonObject("node");
    }
}
