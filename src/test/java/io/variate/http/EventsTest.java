package io.variate.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads of assignments and exposures, from the request to Kafka. */
@Timeout(60)
@Tag("slow")
class EventsTest {
    private static final String RULESET = """
            {"deployments": [
              {"key": "server-key", "label": "checkout", "type": "server", "flags": ["*"]},
              {"key": "eu-key", "label": "eu", "type": "server", "zone": "eu", "flags": ["*"]}],
             "flags": []}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EventNode events;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    /** Each test uses its own user. */
    private String user = "";

    @BeforeAll
    static void start() {
        events = EventNode.start(
                directory,
                RULESET,
                Map.of("VARIATE_PROJECT_API_KEY", "project-key", "VARIATE_PROJECT_SECRET_KEY", "project-secret"));
        node = events.node();
    }

    @AfterAll
    static void stop() {
        events.close();
    }

    @BeforeEach
    void chooseAUser(TestInfo test) {
        user = EventNode.userOf(test);
    }

    @Test
    void deliversAnAssignmentUnchanged() {
        String sent = """
                {"event_type":"[Experiment] Assignment","user_id":"%s","event_properties":{"f.variant": "on", "n":[1.50, -0, 1E+2,
                null]},"time":1.7e12,"insert_id":"i \\u00e9 \\"","groups":{"org name":["acme"]},"unheard-of":{"a":{}}}""".formatted(user);

        HttpResponse<String> answer = post("/2/httpapi", upload(sent));

        JsonObject receipt = new JsonObject(answer.body());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json; charset=utf-8");
        assertThat(receipt.fieldNames())
                .containsExactlyInAnyOrder("code", "events_ingested", "payload_size_bytes", "server_upload_time");
        assertThat(receipt.getInteger("code")).isEqualTo(200);
        assertThat(receipt.getInteger("events_ingested")).isEqualTo(1);
        assertThat(receipt.getInteger("payload_size_bytes"))
                .isEqualTo(upload(sent).length());
        assertThat(events.delivered(user))
                .containsExactly(sent.substring(0, sent.length() - 1) + ",\"zone\":\"us\",\"node\":\"test-node\","
                        + "\"received_time\":" + receipt.getLong("server_upload_time") + "}");
    }

    @Test
    void keepsTheOriginThatAnEventNames() {
        String sent = """
                {"node":"edge-7","zone":"eu","event_type":"[Experiment] Exposure","user_id":"%s","received_time":3}""".formatted(user);

        post("/batch", upload(sent));

        assertThat(events.delivered(user)).containsExactly(sent);
    }

    @Test
    void removesAKeyInsideAnEvent() {
        post("/batch", upload(assignment(",\"api_key\":\"server-key\",\"x\":1")));

        assertThat(events.delivered(user))
                .singleElement()
                .satisfies(event -> assertThat(event).contains("\"x\":1").doesNotContain("server-key"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"variant\":\"on\",\"experiment_key\":\"exp-1\" | | \"[Experiment] Variant\":\"on\",\"[Experiment] Experiment Key\":\"exp-1\" | {\"$set\":{\"[Experiment] f\":\"on\"}}",
                "\"metadata\":{ \"a\": 1 } | | \"metadata\":{ \"a\": 1 } | {\"$unset\":{\"[Experiment] f\":\"-\"}}",
                "\"variant\":null | | \"[Experiment] Variant\":null | {\"$unset\":{\"[Experiment] f\":\"-\"}}",
                "\"variant\":\"on\" | {\"plan\": \"pro\"} | \"[Experiment] Variant\":\"on\" | {\"$set\":{\"plan\":\"pro\",\"[Experiment] f\":\"on\"}}",
                "\"x\":1 | {\"plan\": \"pro\"} | \"x\":1 | {\"$set\":{\"plan\": \"pro\"},\"$unset\":{\"[Experiment] f\":\"-\"}}",
                "\"variant\":\"on\" | {\"$set\":{\"a\":1,\"[Experiment] f\":\"off\"},\"$add\":{\"n\": 2}} | \"[Experiment] Variant\":\"on\" | {\"$add\":{\"n\": 2},\"$set\":{\"a\":1,\"[Experiment] f\":\"on\"}}",
            })
    void renamesAnExposureOfAClient(String properties, String userProperties, String renamed, String set) {
        String own = userProperties == null ? "" : ",\"user_properties\":" + userProperties;

        post("/2/httpapi", upload("""
                {"device_id":"%s","event_type":"$exposure"%s,"event_properties":{"flag_key":"f",%s},"time":5}""".formatted(user, own, properties)));

        assertThat(events.delivered(user)).singleElement().satisfies(event -> assertThat(event)
                .startsWith("""
                {"device_id":"%s","event_type":"[Experiment] Exposure","event_properties":{"[Experiment] Flag Key":"f",%s},"time":5,\
                "user_properties":%s,"zone":""".formatted(user, renamed, set)));
    }

    @Test
    void recordsCopiesOfAnEventOnce() {
        double known = node.metric("variate_assignments_deduplicated_total");

        for (int i = 0; i < 3; i++) {
            assertThat(post("/2/httpapi", upload(assignment(",\"insert_id\":\"same\"")))
                            .statusCode())
                    .isEqualTo(200);
        }
        post("/2/httpapi", upload(assignment(",\"insert_id\":\"same\",\"device_id\":\"another\"")));

        assertThat(events.delivered(user)).hasSize(2);
        assertThat(node.metric("variate_assignments_deduplicated_total")).isEqualTo(known + 2);
    }

    @Test
    void recordsAllEventsWithoutInsertId() {
        post("/2/httpapi", upload(assignment(""), assignment("")));

        assertThat(events.delivered(user)).hasSize(2);
    }

    @Test
    void countsReceivedEventsInTheLedger() {
        long before = node.ledger().getLong("received");

        post(
                "/2/httpapi",
                upload(assignment(",\"insert_id\":\"a\""), assignment(",\"insert_id\":\"a\""), assignment("")));

        JsonObject ledger = node.ledger();
        assertThat(ledger.getLong("received")).isEqualTo(before + 3);
        assertThat(ledger.getLong("evaluated")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"server-key", "project-key"})
    void acceptsProjectAndDeploymentKeys(String key) {
        assertThat(post("/batch", EventNode.upload(key, assignment(""))).statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"eu-key", "", "project-key2", "project-ke"})
    void rejectsOtherKeysPermanently(String key) {
        JsonObject rejection = rejection(post("/2/httpapi", EventNode.upload(key, assignment(""))), 400);

        // SDKs recognize these words.
        assertThat(rejection.getString("error")).startsWith("Invalid API key: ");
        assertThat(events.delivered(user)).isEmpty();
    }

    @Test
    void namesInvalidEventsAndAcceptsTheRest() {
        HttpResponse<String> answer = post(
                "/2/httpapi",
                upload(
                        "7",
                        assignment(",\"insert_id\":\"1\""),
                        "{\"user_id\":\"u\"}",
                        "{\"event_type\":\"[Experiment] Exposure\",\"user_id\":null,\"device_id\":\"\"}",
                        "{\"event_type\":\"[Experiment] Exposure\",\"user_id\":7}",
                        "{\"event_type\":\"$exposure\",\"user_id\":\"u\",\"event_properties\":{}}",
                        "{\"event_type\":\"[Experiment] Exposure\",\"user_id\":\"u\",\"deep\":" + "[".repeat(128)
                                + "]".repeat(128) + "}",
                        "{\"event_type\":5,\"user_id\":\"u\"}",
                        "{\"event_type\":\"$exposure\",\"user_id\":\"u\",\"event_properties\":[]}",
                        "{\"event_type\":\"$exposure\",\"user_id\":\"u\",\"event_properties\":{\"flag_key\":1}}",
                        "{\"event_type\":\"$exposure\",\"user_id\":\"u\",\"event_properties\":{\"flag_key\":\"f\"},\"user_properties\":1}",
                        "{\"event_type\":\"e\",\"user_id\":\"u\"" + ",\"x\":1".repeat(10_000) + "}",
                        assignment(",\"insert_id\":\"2\"")));

        JsonObject rejection = rejection(answer, 400);
        assertThat(rejection.getJsonObject("events_with_invalid_fields"))
                .isEqualTo(
                        new JsonObject(
                                "{\"event\":[0,6,11],\"user_id\":[4],\"event_type\":[7],\"event_properties\":[8],\"flag_key\":[9],\"user_properties\":[10]}"));
        assertThat(rejection.getJsonObject("events_with_missing_fields"))
                .isEqualTo(new JsonObject("{\"event_type\":[2],\"user_id\":[3],\"flag_key\":[5]}"));
        assertThat(rejection.getString("path")).isEqualTo("events[0]");
        assertThat(rejection.getInteger("events_ingested")).isEqualTo(2);
        assertThat(events.delivered(user)).hasSize(2);
    }

    @Test
    void rejectsOtherTypesWithoutAForwardTopic() {
        JsonObject rejection = rejection(
                post("/batch", upload("{\"event_type\":\"page view\",\"user_id\":\"u\"}", assignment(""))), 400);

        assertThat(rejection.getString("error")).contains("page view").contains("events.forward-topic");
        assertThat(rejection.getJsonObject("events_with_invalid_fields"))
                .isEqualTo(new JsonObject().put("event_type", JsonArray.of(0)));
        assertThat(events.delivered(user)).hasSize(1);
    }

    @Test
    void acceptsShortIdsUnlessTheUploadSetsAMinimum() {
        String event = "{\"event_type\":\"[Experiment] Exposure\",\"user_id\":\"u\"}";

        assertThat(post("/batch", upload(event)).statusCode()).isEqualTo(200);
        JsonObject rejection = rejection(
                post(
                        "/batch",
                        "{\"api_key\":\"server-key\",\"events\":[" + event + "],\"options\":{\"min_id_length\":2}}"),
                400);
        assertThat(rejection.getJsonObject("events_with_invalid_fields"))
                .isEqualTo(new JsonObject().put("user_id", JsonArray.of(0)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " | invalid_body",
                "[] | invalid_body",
                "{\"api_key\" | invalid_body",
                "{\"api_key\":\"server-key\",\"events\":[{}],\"options\":{\"min_id_length\":\"x\"}} | invalid_body",
                "{\"events\":[]} | missing_field",
                "{\"api_key\":7,\"events\":[]} | missing_field",
                "{\"api_key\":\"server-key\"} | missing_field",
                "{\"api_key\":\"server-key\",\"events\":{}} | missing_field",
            })
    void rejectsABodyThatIsNotAnUpload(String body, String reason) {
        JsonObject rejection = rejection(post("/2/httpapi", body == null ? "" : body), 400);

        assertThat(rejection.getString("reason")).isEqualTo(reason);
        assertThat(rejection.containsKey("missing_field")).isEqualTo(reason.equals("missing_field"));
    }

    @Test
    void acceptsAnUploadWithoutEvents() {
        assertThat(new JsonObject(post("/2/httpapi", upload()).body()).getInteger("events_ingested"))
                .isZero();
    }

    @Test
    void rejectsTooManyEvents() {
        String[] events = new String[2_001];
        Arrays.fill(events, assignment(""));

        assertThat(rejection(post("/2/httpapi", upload(events)), 413).getString("reason"))
                .isEqualTo("too_many_events");
        assertThat(post("/batch", upload(events)).statusCode()).isEqualTo(200);
    }

    @Test
    void rejectsABodyThatIsTooLarge() {
        String large = upload(assignment(",\"x\":\"" + "x".repeat(1 << 20) + "\""));

        assertThat(rejection(post("/2/httpapi", large), 413).getString("reason"))
                .isEqualTo("body_too_large");
        assertThat(post("/batch", large).statusCode()).isEqualTo(200);
    }

    @Test
    void acceptsAGzipBody() throws IOException {
        assertThat(postBytes("gzip", gzip(upload(assignment(""))))).isEqualTo("200 null");
        assertThat(postBytes("identity", upload(assignment("")).getBytes(UTF_8)))
                .isEqualTo("200 null");
        assertThat(events.delivered(user)).hasSize(2);
    }

    @Test
    void rejectsABodyThatCannotBeUnpackedOrDecoded() throws IOException {
        String bomb = upload(assignment(",\"x\":\"" + "x".repeat(1 << 20) + "\""));

        assertThat(postBytes("gzip", gzip(bomb))).isEqualTo("413 body_too_large");
        assertThat(postBytes("gzip", new byte[] {1, 2, 3})).isEqualTo("400 invalid_encoding");
        assertThat(postBytes("deflate", new byte[] {1, 2, 3})).isEqualTo("415 unsupported_encoding");
        assertThat(postBytes("identity", new byte[] {'{', '"', (byte) 0xc3, '"'}))
                .isEqualTo("400 invalid_encoding");
    }

    @Test
    void answersExpectWith100Continue() throws IOException {
        String body = upload(assignment(""));
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /batch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
                    + body.length() + "\r\n\r\n");
            assertThat(connection.readHead().status()).isEqualTo(100);
            connection.send(body);
            assertThat(connection.read().status()).isEqualTo(200);
        }
    }

    @Test
    void rejectsAnAnnouncedBodyThatIsTooLarge() throws IOException {
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(),
                "POST /2/httpapi HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");

        assertThat(answer.status()).isEqualTo(413);
    }

    @Test
    void announcedBodiesThatNeverArriveDoNotStarveOthers() throws Exception {
        List<RawConnection> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                idle.add(RawConnection.to(node.httpPort()));
                idle.get(i).send("POST /batch HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n{");
            }

            assertThat(post("/batch", upload(assignment(""))).statusCode()).isEqualTo(200);
        } finally {
            for (RawConnection connection : idle) {
                connection.close();
            }
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream packer = new GZIPOutputStream(out)) {
            packer.write(text.getBytes(UTF_8));
        }
        return out.toByteArray();
    }

    /** Returns status and reason of the answer. */
    private static String postBytes(String encoding, byte[] body) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /2/httpapi HTTP/1.1\r\nHost: x\r\nContent-Encoding: " + encoding
                    + "\r\nContent-Length: " + body.length + "\r\n\r\n" + new String(body, ISO_8859_1));
            RawConnection.Answer answer = connection.read();
            return answer.status() + " " + new JsonObject(answer.body()).getString("reason");
        }
    }

    @Test
    void allowsOnlyPost() {
        HttpResponse<String> answer = node.get("/2/httpapi");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).hasValue("POST");
    }

    private static JsonObject rejection(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(status);
        JsonObject rejection = new JsonObject(answer.body());
        assertThat(rejection.getInteger("code")).isEqualTo(status);
        assertThat(rejection.getString("error")).isNotEmpty();
        return rejection;
    }

    private String assignment(String more) {
        return EventNode.assignment(user, more);
    }

    private static String upload(String... events) {
        return EventNode.upload("server-key", events);
    }

    private static HttpResponse<String> post(String path, String body) {
        return node.post(path, body, "Content-Type", "application/json");
    }
}
