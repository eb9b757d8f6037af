package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads of cohorts to a node with a database, and their effect. */
@Timeout(60)
@Tag("slow")
class CohortUploadTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "s", "type": "server", "flags": ["*"]}],
             "flags": [
              {"key": "flag", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any",
                 "values": ["c", "sent", "written"]}]]}]},
              {"key": "group", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "groups", "org", "cohort_ids"], "op": "set contains any",
                 "values": ["companies"]}]]}]}],
             "cohorts": [{"id": "written", "lastModified": 9, "memberIds": ["writer"]}]}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = start(directory.resolve("one"), postgresql.uri());
        // Cohorts that clients send, or that are uploaded later, are unknown once the ruleset has a cohort of its own.
        node.put(RULESET.replaceFirst("(?s),\\s*\"cohorts\": .*", "}"));
        node.put(RULESET);
    }

    private static RunningNode start(Path dataDir, String database) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "VARIATE_POSTGRES_URI", database,
                "VARIATE_POSTGRES_CONNECT_TIMEOUT", "1s",
                "VARIATE_RULESETS_CHECK_INTERVAL", "50ms",
                "VARIATE_NODE_DATA_DIR", dataDir.toString(),
                "VARIATE_COHORTS_MAX_MEMBERS", "100000",
                "VARIATE_PROJECT_API_KEY", "api",
                "VARIATE_PROJECT_SECRET_KEY", "secret"));
        return RunningNode.start(variables);
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void anUploadIsUsedInEvaluationsAndCanBeDownloaded() {
        JsonObject stored = put("c", "\"alice\"\n\"bob\"\n\"alice\"\n");

        assertThat(stored.getString("groupType")).isEqualTo("User");
        assertThat(stored.getLong("size")).isEqualTo(2);
        assertThat(isOn("user_id=alice")).isTrue();
        assertThat(isOn("user_id=carol")).isFalse();
        assertThat(isOn("user_id=carol&context=" + RunningNode.encode("{\"cohort_ids\":[\"sent\"]}")))
                .isTrue();
        assertThat(isOn("user_id=bob&context=" + RunningNode.encode("{\"cohort_ids\":[\"other\"]}")))
                .isTrue();
        JsonObject downloaded = new JsonObject(download(node, "c").body());
        assertThat(downloaded.getJsonArray("memberIds")).containsExactly("alice", "bob");
        assertThat(downloaded.getLong("lastModified")).isEqualTo(stored.getLong("lastModified"));
        assertThat(download(node, "c?lastModified=" + stored.getLong("lastModified"))
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void aCohortOfGroupsMatchesTheFirstGroupOnly() {
        JsonObject stored = json(node.admin("PUT", "/api/1/cohorts/companies?groupType=org", "[\"acme\"]"));

        assertThat(stored.getString("groupType")).isEqualTo("org");
        String context = "user_id=u&context=";
        assertThat(evaluate(context + RunningNode.encode("{\"groups\":{\"org\":[\"acme\",\"x\"]}}")))
                .contains("\"group\"");
        assertThat(evaluate(context + RunningNode.encode("{\"groups\":{\"org\":[\"x\",\"acme\"]}}")))
                .doesNotContain("\"group\"");
        assertThat(evaluate(context + RunningNode.encode("{\"groups\":{\"team\":[\"acme\"]}}")))
                .doesNotContain("\"group\"");
    }

    @Test
    void anUploadNotifiesProvidersOnTheChangeStream() throws IOException {
        try (RawConnection stream = RawConnection.to(node.httpPort())) {
            stream.send("GET " + changeStreamUri() + " HTTP/1.1\r\nHost: test\r\n\r\n");
            assertThat(stream.read().status()).isEqualTo(200);
            assertThat(stream.readChunk()).startsWith("retry: ");

            put("changed", "[\"alice\"]");

            assertThat(stream.readChunk()).contains("refetchEvaluation");
        }
    }

    private static String changeStreamUri() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(
                    "POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer server-key\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            JsonObject stream = new JsonObject(connection.read().body())
                    .getJsonArray("eventStreams")
                    .getJsonObject(0);
            return stream.getJsonObject("endpoint").getString("requestUri");
        }
    }

    @Test
    void anUploadChangesTheEntityTagOfAResponse() {
        put("sent", "[]");
        String[] authorized = {"Authorization", "Api-Key server-key"};
        String tag = node.get("/v1/vardata?user_id=dora", authorized)
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        String[] conditional = {"Authorization", "Api-Key server-key", "If-None-Match", tag};
        assertThat(node.get("/v1/vardata?user_id=dora", conditional).statusCode())
                .isEqualTo(304);

        put("sent", "[\"dora\"]");

        HttpResponse<String> answer = node.get("/v1/vardata?user_id=dora", conditional);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"flag\"");
    }

    @Test
    void eachChangeIncreasesLastModified() {
        long first = put("growing", "[\"a\"]").getLong("lastModified");
        long second = put("growing", "[\"a\"]").getLong("lastModified");
        node.admin("DELETE", "/api/1/cohorts/growing", "");
        long third = put("growing", "[]").getLong("lastModified");

        assertThat(second).isGreaterThan(first);
        assertThat(third).isGreaterThan(second);
    }

    @Test
    void anUploadReplacesTheCohortOfTheDocumentUntilItIsDeleted() throws Exception {
        assertThat(isOn("user_id=writer")).isTrue();

        put("written", "[\"uploader\"]");

        assertThat(isOn("user_id=writer")).isFalse();
        assertThat(isOn("user_id=uploader")).isTrue();
        assertThat(listed("written").getString("origin")).isEqualTo("upload");

        assertThat(node.admin("DELETE", "/api/1/cohorts/written", "").statusCode())
                .isEqualTo(200);

        Await.until("the member of the cohort gets the variant", () -> isOn("user_id=writer"));
        assertThat(listed("written").getString("origin")).isEqualTo("document");
        assertThat(listed("written").getLong("lastModified")).isEqualTo(9);
        assertThat(node.admin("DELETE", "/api/1/cohorts/written", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aDownloadedCohortCanBeUploaded() {
        put("copied", "{\"groupType\": \"org\", \"memberIds\": [\"a\", \"b\"]}");

        JsonObject stored = put("copy", download(node, "copied").body());

        assertThat(stored.getString("groupType")).isEqualTo("org");
        assertThat(stored.getLong("size")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bad | nothing JSON                                        | 400 | invalid_cohort",
                "bad | ``                                                  | 400 | invalid_cohort",
                "bad | {\"memberIds\": [7]}                                | 400 | invalid_cohort",
                "bad?groupType=a | {\"groupType\": \"b\", \"memberIds\": []} | 400 | invalid_cohort",
                "bad?groupType=  | []                                      | 400 | bad_request",
                "bad | {\"groupType\": \"\\u0000\", \"memberIds\": [\"a,b\"]} | 400 | invalid_cohort",
                "bad | {\"memberIds\": [\"a\"], \"groupType\": \"o\\u0000rg\"} | 400 | invalid_cohort",
                "bad | {\"groupType\": \"\\ud800\", \"memberIds\": [\"a\"]} | 400 | invalid_cohort",
                "bad | {\"groupType\": \"\\udc00\\ud800\", \"memberIds\": []} | 400 | invalid_cohort",
            })
    void rejectsAnInvalidCohort(String path, String body, int status, String code) {
        HttpResponse<String> answer = node.admin("PUT", "/api/1/cohorts/" + path, body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
        assertThat(download(node, "bad").statusCode()).isEqualTo(404);
    }

    @Test
    void rejectsALongGroupTypeInTheBodyAndInTheUrl() {
        String longest = "g".repeat(256);

        assertThat(putOfType(longest).statusCode()).isEqualTo(200);
        assertThat(RunningNode.error(putOfType(longest + "g")).getString("code"))
                .isEqualTo("invalid_cohort");
        assertThat(node.admin("PUT", "/api/1/cohorts/typed?groupType=" + longest + "g", "[]")
                        .statusCode())
                .isEqualTo(400);
    }

    private static HttpResponse<String> putOfType(String groupType) {
        return node.admin("PUT", "/api/1/cohorts/typed", "{\"groupType\": \"" + groupType + "\", \"memberIds\": []}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\u0000", "a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\u001f"})
    void storesMembersThatAreNotValidPostgresqlText(String member) {
        put("odd", "[\"" + member + "\"]");

        assertThat(new JsonObject(download(node, "odd").body()).getJsonArray("memberIds"))
                .isEqualTo(new JsonArray("[\"" + member + "\"]"));
    }

    @Test
    void rejectsMoreMembersThanTheLimit() {
        String tooMany =
                IntStream.rangeClosed(0, 100_000).mapToObj(i -> "\"" + i + "\"").collect(Collectors.joining("\n"));
        HttpResponse<String> answer = node.admin("PUT", "/api/1/cohorts/large", tooMany);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("cohort_too_large");
    }

    @Test
    void anInterruptedUploadChangesNothing() throws Exception {
        put("broken", "[\"before\"]");
        try (RawConnection connection = RawConnection.to(node.adminPort())) {
            connection.send("PUT /api/1/cohorts/broken HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + RunningNode.TOKEN + "\r\nContent-Length: 1000000\r\n\r\n\"after\"\n\"after-2\"\n");
            Await.value("an unfinished upload is on the disk", () -> unfinished(), seen -> seen > 0);
        }

        Await.value("no unfinished upload is on the disk", () -> unfinished(), seen -> seen == 0);
        assertThat(new JsonObject(download(node, "broken").body()).getJsonArray("memberIds"))
                .containsExactly("before");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\n\r\n7\r\n[\"after\"\r\nzz\r\n",
                "Transfer-Encoding: chunked\r\n\r\n9\r\n[\"after\"]x\r\n",
                "Transfer-Encoding: chunked\r\n\r\n9\r\n[\"after\"]\r\n0\r\nno trailer\r\n\r\n",
                "Transfer-Encoding: xchunked\r\n\r\n9\r\n[\"after\"]\r\n0\r\n\r\n",
            })
    void rejectsAMalformedBodyAndChangesNothing(String rest) throws Exception {
        put("chunked", "[\"before\"]");

        RawConnection.Answer answer = RawConnection.exchange(
                node.adminPort(),
                "PUT /api/1/cohorts/chunked HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n"
                        + rest);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("code")).isEqualTo("bad_request");
        assertThat(new JsonObject(download(node, "chunked").body()).getJsonArray("memberIds"))
                .containsExactly("before");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a%00", "%ff", "%c3%28", "a%ed%a0%80", "a%zz", "%", "a?groupType=%ff", "a?groupType=x%00"})
    void rejectsAnIdThatIsNotText(String id) throws Exception {
        for (String method : new String[] {"PUT", "DELETE"}) {
            RawConnection.Answer answer = RawConnection.exchange(
                    node.adminPort(),
                    method + " /api/1/cohorts/" + id + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                            + RunningNode.TOKEN + "\r\nContent-Length: 2\r\n\r\n[]");

            assertThat(answer.status())
                    .as(method + ": " + answer.body())
                    .isIn(400, method.equals("DELETE") && id.contains("x%00") ? 404 : 400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"something", "200-ok", "x=y"})
    void rejectsExpectationsOtherThan100Continue(String expectation) throws Exception {
        RawConnection.Answer answer = RawConnection.exchange(
                node.adminPort(),
                "PUT /api/1/ruleset HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN
                        + "\r\nExpect: " + expectation + "\r\nContent-Length: 2\r\n\r\n{}");

        assertThat(answer.status()).isEqualTo(417);
        assertThat(answer.error().getString("code")).isEqualTo("expectation_failed");
    }

    @Test
    void rejectsOtherMethods() {
        assertThat(node.admin("PUT", "/api/1/cohorts", "").statusCode()).isEqualTo(405);
        assertThat(node.admin("POST", "/api/1/cohorts/c", "").statusCode()).isEqualTo(405);
        assertThat(node.send("PUT", node.adminPort(), "/api/1/cohorts/c", "[]").statusCode())
                .isEqualTo(401);
    }

    @Test
    void aNodeWithARulesetFileRejectsUploads() {
        try (RunningNode other = RunningNode.serving(RULESET, Map.of())) {
            HttpResponse<String> put = other.admin("PUT", "/api/1/cohorts/c", "[]");
            HttpResponse<String> delete = other.admin("DELETE", "/api/1/cohorts/written", "");

            assertThat(put.statusCode()).isEqualTo(405);
            assertThat(RunningNode.error(put).getString("code")).isEqualTo("read_only");
            assertThat(delete.statusCode()).isEqualTo(405);
            assertThat(new JsonObject(other.admin("GET", "/api/1/cohorts", "").body()).getJsonArray("cohorts"))
                    .hasSize(1);
        }
    }

    @Test
    void aNodeWithoutItsDatabaseKeepsServingCohortsEvenAfterARestart() throws Exception {
        EmbeddedPostgresql stopped = EmbeddedPostgresql.start(null, 0);
        Path dataDir = directory.resolve("restarted");
        try (RunningNode first = start(dataDir, stopped.uri())) {
            json(first.admin("PUT", "/api/1/cohorts/kept", "[\"alice\"]"));
            Await.value(
                    "the first node serves the download",
                    () -> download(first, "kept").statusCode(),
                    seen -> seen == 200);
            stopped.close();

            HttpResponse<String> put = first.admin("PUT", "/api/1/cohorts/kept", "[\"bob\"]");

            assertThat(put.statusCode()).isEqualTo(503);
            assertThat(RunningNode.error(put).getString("code")).isEqualTo("database_unavailable");
            assertThat(download(first, "kept").statusCode()).isEqualTo(200);
        }
        try (RunningNode second = start(dataDir, stopped.uri())) {
            JsonObject kept = new JsonObject(download(second, "kept").body());

            assertThat(kept.getJsonArray("memberIds")).containsExactly("alice");
            assertThat(second.metric("variate_cohorts")).isEqualTo(1);
        }
    }

    private static long unfinished() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("one").resolve("cohorts"))) {
            return files.filter(file -> file.toString().endsWith(".new")).count();
        }
    }

    private static JsonObject put(String id, String body) {
        return json(node.admin("PUT", "/api/1/cohorts/" + id, body));
    }

    private static JsonObject json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static JsonObject listed(String id) {
        JsonArray cohorts =
                new JsonObject(node.admin("GET", "/api/1/cohorts", "").body()).getJsonArray("cohorts");
        return cohorts.stream()
                .map(JsonObject.class::cast)
                .filter(cohort -> cohort.getString("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isOn(String query) {
        return evaluate(query).contains("\"flag\"");
    }

    private static String evaluate(String query) {
        return node.get("/v1/vardata?" + query, "Authorization", "Api-Key server-key")
                .body();
    }

    private static HttpResponse<String> download(RunningNode from, String idAndQuery) {
        String keys = Base64.getEncoder().encodeToString("api:secret".getBytes(StandardCharsets.UTF_8));
        return from.get("/sdk/v1/cohort/" + idAndQuery, "Authorization", "Basic " + keys);
    }
}
