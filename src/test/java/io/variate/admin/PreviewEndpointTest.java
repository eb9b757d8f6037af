package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /api/1/preview}. */
class PreviewEndpointTest {
    private static final String PATH = "/api/1/preview";
    private static final String COHORT_FLAG = """
            {"key": "vip", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on", "conditions": [[
             {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["vips"]}]]}]}""";

    private static final String RULESET =
            "{\"revision\": 7, \"projects\": {\"\": {\"deployments\": [{\"key\": \"server-key\", \"label\":"
                    + " \"s\", \"type\": \"server\", \"flags\": [\"*\"]}], \"flags\": [" + split(20) + "," + COHORT_FLAG
                    + "], \"cohorts\": [{\"id\": \"vips\", \"memberIds\": [\"a\"]}]},"
                    + " \"shop\": {\"flags\": [" + split(10) + "]}}}";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void showsWhoMovesForAChangedFlag() {
        List<JsonObject> lines = preview("{\"flags\":[" + split(60)
                + "],\"users\":{\"generate\":{\"count\":10000,\"prefix\":\"u\",\"identity\":\"user_id\"}}}");

        assertThat(lines.get(0))
                .isEqualTo(new JsonObject(
                        "{\"type\":\"begin\",\"revision\":7,\"project\":\"1\",\"users\":10000,\"flags\":1}"));
        assertThat(ofType(lines, "progress")).hasSizeGreaterThan(10);
        JsonObject flag = ofType(lines, "flag").get(0);
        assertThat(flag.getString("change")).isEqualTo("changed");
        // Of the 80 % without the variant, the half that the change adds.
        assertThat(flag.getLong("moved")).isBetween(3_500L, 4_500L);
        assertThat(flag.getJsonArray("moves")).hasSize(3);
        assertThat(lines.get(lines.size() - 1).getLong("moved")).isEqualTo(flag.getLong("moved"));
    }

    @Test
    void agreesWithTheServedVariants() {
        JsonObject flag = ofType(preview("{\"flags\":[" + split(60) + "],\"users\":[{\"user_id\":\"one\"}]}"), "flag")
                .get(0);

        JsonObject served = new JsonObject(node.get("/v1/vardata?user_id=one", "Authorization", "Api-Key server-key")
                .body());
        assertThat(flag.getJsonArray("moves").getJsonObject(0).getString("from"))
                .isEqualTo(served.getJsonObject("split").getString("key"));
    }

    @Test
    void acceptsUsersAsLines() {
        String users = IntStream.range(0, 10_000)
                .mapToObj(i -> "{\"user_id\":\"u" + i + "\",\"country\":\"DE\"}")
                .collect(Collectors.joining("\n"));

        List<JsonObject> lines = preview("{\"flags\":[" + split(60) + "]}\n" + users + "\n");

        assertThat(lines.get(0).getLong("users")).isEqualTo(10_000);
        assertThat(ofType(lines, "flag").get(0).getLong("moved")).isPositive();
    }

    @Test
    void comparesAWholeDocumentWithItsCohorts() {
        String document = RULESET.replace("[\"a\"]", "[\"b\"]");

        List<JsonObject> lines = preview("{\"ruleset\":" + document + ",\"users\":{\"user_ids\":[\"a\",\"b\",\"c\"]}}");

        JsonObject flag = ofType(lines, "flag").get(0);
        assertThat(flag.getString("flag")).isEqualTo("vip");
        assertThat(flag.getString("change")).isEqualTo("cohort");
        assertThat(flag.getLong("moved")).isEqualTo(2);
    }

    @Test
    void comparesANamedProject() {
        List<JsonObject> lines = preview("{\"project\":\"shop\",\"flags\":[" + split(100)
                + "],\"users\":{\"generate\":{\"count\":100,\"identity\":\"user_id\"}}}");

        assertThat(lines.get(0).getString("project")).isEqualTo("shop");
        assertThat(ofType(lines, "flag").get(0).getLong("moved")).isBetween(70L, 100L);
    }

    @Test
    void storesAndRecordsNothing() {
        long evaluated = node.ledger().getLong("evaluated");

        preview("{\"flags\":[" + split(60) + "],\"users\":{\"generate\":{\"count\":10}}}");

        assertThat(node.ledger().getLong("evaluated")).isEqualTo(evaluated);
        assertThat(node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server-key")
                        .headers()
                        .firstValue("X-Variate-Revision"))
                .hasValue("7");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                                              | 400 | invalid_preview | body
            {                                                               | 400 | bad_request     | body
            []                                                              | 400 | invalid_preview | body
            {}                                                              | 400 | invalid_preview | body
            {"a": 1, "a": 2}                                                | 400 | bad_request     | body
            {"flags": [], "other": 1}                                       | 400 | invalid_preview | body
            {"flags": [], "ruleset": {}, "users": [{}]}                     | 400 | invalid_preview | body
            {"flags": []}                                                   | 400 | invalid_preview | users
            {"flags": [], "users": [{}]} {}                                 | 400 | invalid_preview | users
            {"flags": [], "users": 1}                                       | 400 | invalid_preview | users
            {"flags": [], "users": []}                                      | 400 | invalid_preview | users
            {"flags": [], "users": [1]}                                     | 400 | invalid_preview | users[0]
            {"flags": []} {} null                                           | 400 | invalid_preview | users[1]
            {"flags": []} {} x                                              | 400 | bad_request     | body
            {"flags": [], "users": {}}                                      | 400 | invalid_preview | users.user_ids
            {"flags": [], "users": {"ids": []}}                             | 400 | invalid_preview | users
            {"flags": [], "users": {"generate": {"count": 10001}}}          | 400 | invalid_preview | users.generate.count
            {"flags": [], "users": {"generate": {"count": "1"}}}            | 400 | invalid_preview | users.generate.count
            {"flags": [], "users": {"generate": {"count": 1, "identity": 1}}} | 400 | invalid_preview | users.generate.identity
            {"flags": {}, "users": [{}]}                                    | 400 | invalid_preview | flags
            {"flags": [1], "users": [{}]}                                   | 400 | invalid_preview | flags[0]
            {"flags": [{"key": ""}], "users": [{}]}                         | 400 | invalid_preview | flags[0].key
            {"flags": [{"key": "x"}], "users": [{}]}                        | 400 | invalid_ruleset | flags[0].variants
            {"ruleset": [], "users": [{}]}                                  | 400 | invalid_preview | ruleset
            {"ruleset": {"flags": 1}, "users": [{}]}                        | 400 | invalid_ruleset | ruleset.flags
            {"revision": -1, "users": [{}]}                                 | 400 | invalid_preview | revision
            {"revision": 1.5, "users": [{}]}                                | 400 | invalid_preview | revision
            {"revision": 3, "users": [{}]}                                  | 409 | no_history      | revision
            {"writes": {}, "users": [{}]}                                   | 400 | invalid_preview | writes
            {"writes": [], "users": [{}]}                                   | 409 | read_only       | writes
            {"project": 1, "flags": [], "users": [{}]}                      | 400 | invalid_preview | project
            {"project": "a/b", "flags": [], "users": [{}]}                  | 400 | invalid_preview | project
            {"project": "none", "flags": [], "users": [{}]}                 | 404 | unknown_project | project
            """)
    void rejectsInvalidRequests(String body, int status, String code, String path) {
        HttpResponse<String> answer = node.admin("POST", PATH, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code"))
                .as(answer.body())
                .isEqualTo(code);
        assertThat(RunningNode.error(answer).getString("path"))
                .as(answer.body())
                .isEqualTo(path);
    }

    @Test
    void namesTheLimitOfUsers() {
        HttpResponse<String> answer = node.admin("POST", PATH, "{\"flags\":[]}" + "{}".repeat(10_001));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("message")).contains("at most 10000 users");
    }

    @Test
    void requiresTheTokenAndPost() {
        assertThat(node.send("POST", node.adminPort(), PATH, "{}").statusCode()).isEqualTo(401);
        assertThat(node.admin("GET", PATH, "").statusCode()).isEqualTo(405);
    }

    @Test
    void aSlowReaderPausesThePreviewAndALeavingOneFreesItsSlot() throws Exception {
        // The examples repeat the long ids, so the answer exceeds the buffers of the connection.
        String users = IntStream.range(0, 20)
                .mapToObj(i -> "{\"user_id\":\"" + "long-".repeat(5_000) + i + "\"}")
                .collect(Collectors.joining("\n"));
        String flags = IntStream.range(0, 400)
                .mapToObj(i -> split(90).replace("\"split\"", "\"split-" + i + "\""))
                .collect(Collectors.joining(","));
        String body = "{\"flags\":[" + flags + "]}\n" + users;
        try (RawConnection one = RawConnection.to(node.adminPort(), Duration.ofSeconds(60));
                RawConnection other = RawConnection.to(node.adminPort(), Duration.ofSeconds(60))) {
            for (RawConnection reader : List.of(one, other)) {
                reader.send("POST " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + RunningNode.TOKEN + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
            assertThat(one.readHead().status()).isEqualTo(200);
            assertThat(other.readHead().status()).isEqualTo(200);

            assertThat(node.admin("POST", PATH, "{\"flags\":[]}{}").statusCode())
                    .isEqualTo(503);
        }
        Await.until(
                "a slot is free",
                () -> node.admin("POST", PATH, "{\"flags\":[]}{}").statusCode() == 200);
    }

    private static List<JsonObject> preview(String body) {
        HttpResponse<String> answer = node.admin("POST", PATH, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        return answer.body().lines().map(JsonObject::new).toList();
    }

    private static List<JsonObject> ofType(List<JsonObject> lines, String type) {
        return lines.stream()
                .filter(line -> line.getString("type").equals(type))
                .toList();
    }

    private static String split(int percent) {
        return "{\"key\": \"split\", \"variants\": {\"on\": {\"key\": \"on\"}, \"off\": {\"key\": \"off\"}}, \"segments\":"
                + " [{\"variant\": \"off\", \"bucket\": {\"selector\": [\"context\", \"user\", \"user_id\"], \"salt\":"
                + " \"s\", \"allocations\": [{\"range\": [0, " + percent
                + "], \"distributions\": [{\"variant\": \"on\","
                + " \"range\": [0, 42949673]}]}]}}]}";
    }
}
