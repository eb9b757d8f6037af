package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port of a node with a database. */
@Timeout(60)
@Tag("slow")
class AdminPortTest {
    private static final String PASSWORD = "pass-word-of-the-database";
    private static final String SECRET_KEY = "server-secret-key";
    private static final String RULESET = document(
            "{\"key\": \"f\", \"variants\": {\"on\": {\"key\": \"on\"}}, \"segments\": [{\"variant\": \"on\"}]}");

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of(
                "VARIATE_POSTGRES_URI",
                postgresql.createRole("variate", PASSWORD),
                "VARIATE_ADMIN_MAX_DOCUMENT_SIZE",
                "200000"));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void reportsHealthAndMetricsWithoutAToken() {
        put(RULESET);

        HttpResponse<String> live = node.send("GET", node.adminPort(), "/health/live", "");
        assertThat(live.statusCode()).isEqualTo(200);
        assertThat(live.body()).isEqualTo("{\"status\":\"live\"}");
        HttpResponse<String> ready = node.send("GET", node.adminPort(), "/health/ready", "");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getString("status")).isEqualTo("ready");
        HttpResponse<String> metrics = node.send("GET", node.adminPort(), "/metrics", "");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.body()).contains("variate_ruleset_revision");
        assertThat(metrics.body() + ready.body()).doesNotContain(PASSWORD, SECRET_KEY, RunningNode.TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Authorization: \r\n",
                "Authorization: Bearer\r\n",
                "Authorization: Bearer wrong\r\n",
                "Authorization: Basic " + RunningNode.TOKEN + "\r\n",
                "Authorization: " + RunningNode.TOKEN + "\r\n",
                "Authorization: Bearer " + RunningNode.TOKEN + "x\r\n",
                "Authorization: Api-Key " + SECRET_KEY + "\r\n",
                "Authorization: Bearer " + RunningNode.TOKEN + "\r\nAuthorization: Bearer wrong\r\n",
                "Authorization: Bearer wrong\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n",
            })
    void requiresTheToken(String header) throws IOException {
        for (String target : List.of(
                "GET /api/1/ruleset",
                "PUT /api/1/ruleset",
                "GET /api/1/ledger",
                "POST /api/1/ledger",
                "GET /api/1/other",
                "GET //api/1/ruleset",
                "GET /x/../api/1/ruleset",
                "GET /%61pi/1/ruleset",
                "GET /api/1/ruleset/",
                "DELETE /api")) {
            Answer answer = RawConnection.exchange(
                    node.adminPort(),
                    target + " HTTP/1.1\r\nHost: localhost\r\n" + header + "Content-Length: 2\r\n\r\n{}");

            assertThat(answer.status()).as(target).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).containsExactly("Bearer");
            assertThat(answer.error().getString("code")).isEqualTo("unauthorized");
            assertThat(answer.body()).doesNotContain(RunningNode.TOKEN, SECRET_KEY);
        }
    }

    @Test
    void exportsTheRulesetThatWasPut() {
        HttpResponse<String> put = put(RULESET);
        long revision = new JsonObject(put.body()).getLong("revision");
        assertThat(put.headers().firstValue("ETag").orElseThrow()).matches("\"" + revision + "-[0-9a-f]{16}\"");

        HttpResponse<String> got = node.admin("GET", "/api/1/ruleset", "");

        assertThat(got.statusCode()).isEqualTo(200);
        assertThat(got.headers().firstValue("ETag")).isEqualTo(put.headers().firstValue("ETag"));
        assertThat(got.headers().firstValue("Cache-Control")).hasValue("no-store");
        JsonObject document = new JsonObject(got.body());
        assertThat(document.getLong("revision")).isEqualTo(revision);
        assertThat(document.getJsonArray("flags")).isEqualTo(new JsonObject(RULESET).getJsonArray("flags"));
        assertThat(put(got.body()).statusCode()).as("an export can be put").isEqualTo(200);
        assertThat(node.get("/v1/vardata", "Authorization", "Api-Key " + SECRET_KEY)
                        .body())
                .as("a client reads its own write")
                .isEqualTo("{\"f\":{\"key\":\"on\"}}");
    }

    // Concurrent edits

    @ParameterizedTest
    @ValueSource(
            strings = {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "???"})
    void acceptsADocumentWithAnyContentType(String contentType) throws Exception {
        assertThat(rawPut(RULESET, "Content-Type: " + contentType + "\r\n").status())
                .isEqualTo(200);
    }

    @Test
    void rejectsAnEditOfAnOldRevision() {
        String old = tag(put(RULESET));
        String now = tag(node.put(RULESET, "If-Match", old));

        HttpResponse<String> late = node.put(RULESET, "If-Match", old);

        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(RunningNode.error(late).getString("code")).isEqualTo("revision_conflict");
        assertThat(node.put(RULESET, "If-Match", "\"999999999999\"").statusCode())
                .isEqualTo(412);
        assertThat(node.put(RULESET, "If-Match", "W/" + now).statusCode()).isEqualTo(200);
        assertThat(node.put(RULESET, "If-Match", "*").statusCode()).isEqualTo(200);
    }

    @Test
    void acceptsTheNumberOfARevisionWithoutItsDigest() {
        long revision = new JsonObject(put(RULESET).body()).getLong("revision");

        assertThat(node.put(RULESET.replace("\"f\"", "\"g\""), "If-Match", "\"" + revision + "\"")
                        .statusCode())
                .isEqualTo(200);
        assertThat(node.put(RULESET, "If-Match", "\"" + revision + "\"").statusCode())
                .isEqualTo(412);
    }

    @Test
    void rejectsAnEditOfAnotherRulesetWithTheSameNumber() {
        long revision = new JsonObject(put(RULESET).body()).getLong("revision");

        HttpResponse<String> answer = node.put(RULESET, "If-Match", "\"" + revision + "-0123456789abcdef\"");

        assertThat(answer.statusCode()).isEqualTo(412);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("revision_conflict");
    }

    @Test
    void acceptsExactlyOneOfManyConcurrentEdits() {
        String tag = tag(put(RULESET));
        List<CompletableFuture<Integer>> edits = Stream.generate(() -> CompletableFuture.supplyAsync(
                        () -> node.put(RULESET, "If-Match", tag).statusCode()))
                .limit(8)
                .toList();

        assertThat(edits.stream().map(CompletableFuture::join))
                .containsOnly(200, 412)
                .containsOnlyOnce(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "\"\"",
                "\"a\"",
                "\"1\"\"2\"",
                "\"1\", \"2\"",
                "1\"",
                "-1",
                "+1",
                "\"99999999999999999999\"",
                "\"1-\"",
                "\"1-0123\"",
                "\"1-0123456789ABCDEF\"",
                "\"1-0123456789abcdef0\"",
                "\"-0123456789abcdef\"",
                "\"1 0123456789abcdef\"",
                "W/",
                "\u0661"
            })
    void rejectsAnIfMatchThatIsNotARevision(String tag) throws IOException {
        Answer answer = rawPut(RULESET, "If-Match: " + tag + "\r\n");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("message")).contains("If-Match");
    }

    @Test
    void rejectsTwoIfMatchHeaders() throws IOException {
        assertThat(rawPut(RULESET, "If-Match: \"1\"\r\nIf-Match: *\r\n").status())
                .isEqualTo(400);
    }

    // Documents

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                              | $",
                "[]                                             | $",
                "null                                           | $",
                "1                                              | $",
                "{} x                                           | $",
                "{\"flags\": [], \"flags\": []}                 | $.flags",
                "{\"flags\": [{\"key\": \"a\", \"key\": \"a\"}]} | $.flags[0].key",
                "{\"flags\": 1}                                 | flags",
                "{\"flags\": {}}                                | flags",
                "{\"flags\": [1]}                               | flags[0]",
                "{\"flags\": [null]}                            | flags[0]",
                "{\"deployments\": \"x\"}                       | deployments",
                "{\"deployments\": [[]]}                        | deployments[0]",
                "{\"deployments\": [{\"type\": \"server\", \"flags\": []}]}                                | deployments[0].key",
                "{\"deployments\": [{\"key\": 1, \"type\": \"server\", \"flags\": []}]}                    | deployments[0].key",
                "{\"deployments\": [{\"key\": \"\", \"type\": \"server\", \"flags\": []}]}                 | deployments[0].key",
                "{\"deployments\": [{\"key\": \"a b\", \"type\": \"server\", \"flags\": []}]}              | deployments[0].key",
                "{\"deployments\": [{\"key\": \"\\u00e9\", \"type\": \"server\", \"flags\": []}]}          | deployments[0].key",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"other\", \"flags\": []}]}                 | deployments[0].type",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\"}]}                               | deployments[0].flags",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": \"*\"}]}             | deployments[0].flags",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [1]}]}               | deployments[0].flags[0]",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [\"*\", \"x\"]}]}    | deployments[0].flags[1]",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [], \"zone\": 1}]}   | deployments[0].zone",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [], \"label\": 1}]}  | deployments[0].label",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [], \"x\": 1}]}      | deployments[0].x",
                "{\"deployments\": [{\"key\": \"k\", \"type\": \"server\", \"flags\": [], \"cacheSeconds\": -1}]} | deployments[0].cacheSeconds",
                "{\"cohorts\": [{\"id\": \"c\"}]}               | cohorts.c.memberIds",
                "{\"cohorts\": [{\"memberIds\": []}]}           | cohorts[0].id",
                "{\"cohorts\": [{\"id\": \"c\\u0000\", \"memberIds\": []}]} | cohorts[\"c\\u0000\"].id",
                "{\"revision\": \"1\"}                          | revision",
                "{\"unknown\": 1}                               | unknown",
            })
    void reportsThePathOfAnInvalidField(String document, String path) {
        HttpResponse<String> answer = node.put(document);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_ruleset");
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo(path);
        assertThat(RunningNode.error(answer).getString("message")).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                                     | flags[0].key",
                "{\"key\": 1, \"variants\": {}, \"segments\": []}                       | flags[0].key",
                "{\"key\": \"a\", \"variants\": [], \"segments\": []}                   | flags.a.variants",
                "{\"key\": \"a\", \"variants\": {\"on\": 1}, \"segments\": []}          | flags.a.variants.on",
                "{\"key\": \"a\", \"variants\": {}, \"segments\": {}}                   | flags.a.segments",
                "{\"key\": \"a\", \"variants\": {}, \"segments\": [], \"dependencies\": \"b\"} | flags.a.dependencies",
                "{\"key\": \"a\", \"variants\": {}, \"segments\": [], \"metadata\": []} | flags.a.metadata",
                "{\"key\": \"a\\u0000\", \"variants\": {}, \"segments\": []}            | flags[\"a\\u0000\"].key",
                "{\"key\": \"\\ud800\", \"variants\": {}, \"segments\": []}             | flags[\"\\ud800\"].key",
            })
    void reportsThePathOfAnInvalidFieldOfAFlag(String flag, String path) {
        HttpResponse<String> answer = node.put(document(flag));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo(path);
    }

    @Test
    void exportsNumbersAsTheyWereWritten() {
        String numbers = "[1e400,-1E+400,123456789012345678901234567890,0.1000000000000000000000001,-0,1E5,1.0,1,1.50]";
        String flag = "{\"key\":\"a\",\"metadata\":{\"deployed\":true,\"n\":18446744073709551616},\"unknown\":1e-0,"
                + "\"variants\":{\"on\":{\"key\":\"on\",\"payload\":" + numbers
                + "}},\"segments\":[{\"variant\":\"on\"}]}";

        HttpResponse<String> put = node.put(document(flag));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(new JsonObject(put.body())
                        .getJsonArray("warnings").stream().map(warning -> ((JsonObject) warning).getString("path")))
                .containsExactly("flags.a.variants.on.payload[0]", "flags.a.variants.on.payload[1]");
        assertThat(node.admin("GET", "/api/1/ruleset", "").body()).contains(flag);
    }

    @Test
    void warnsOfALocalFlagWithAPatternThatSomeSdksDoNotSupport() {
        HttpResponse<String> put = node.put(document("{\"key\":\"a\",\"metadata\":{\"evaluationMode\":\"local\"},"
                + "\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\",\"conditions\":[[{\"op\":\"regex match\","
                + "\"selector\":[\"context\",\"user\",\"user_id\"],\"values\":[\"(?i)a\",\"\\\\p{L}+\"]}]]}]}"));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(new JsonObject(put.body())
                        .getJsonArray("warnings").stream().map(warning -> ((JsonObject) warning).getString("path")))
                .containsExactly("flags.a.segments[0].conditions[0][0].values[1]");
    }

    @Test
    void rejectsAPatternThatLoopsWithoutReadingACharacter() {
        HttpResponse<String> put = node.put(
                document(
                        "{\"key\":\"a\",\"variants\":{\"on\":{\"key\":\"on\"}},"
                                + "\"segments\":[{\"variant\":\"on\",\"conditions\":[[{\"op\":\"regex match\","
                                + "\"selector\":[\"context\",\"user\",\"user_id\"],\"values\":[\"((((){1000}){1000}){1000}){1000}\"]}]]}]}"));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(400);
        assertThat(RunningNode.error(put).getString("path")).endsWith(".segments[0].conditions[0][0].values[0]");
        assertThat(RunningNode.error(put).getString("message")).contains("steps without reading a character");
    }

    @Test
    void reportsAllProblemsAtOnce() {
        HttpResponse<String> answer = node.put("""
                {"revision": -1,
                 "deployments": [{"key": "k", "type": "server", "flags": ["unknown"]},
                                 {"key": "server-secret-key", "type": "server", "flags": []},
                                 {"key": "server-secret-key", "type": "server", "flags": []}],
                 "flags": [{"key": "a"}, {"key": "b", "variants": {}, "segments": []},
                           {"key": "b", "variants": {}, "segments": []}]}
                """);

        JsonArray problems = RunningNode.error(answer).getJsonArray("problems");
        assertThat(problems.stream().map(problem -> ((JsonObject) problem).getString("path")))
                .containsExactlyInAnyOrder(
                        "revision",
                        "deployments[0].flags[0]",
                        "deployments[2].key",
                        "flags.a.variants",
                        "flags.a.segments",
                        "flags[2].key");
        assertThat(answer.body()).doesNotContain(SECRET_KEY);
    }

    @Test
    void rejectsDependencyCycles() {
        HttpResponse<String> answer = node.put(document("""
                        {"key": "a", "variants": {}, "segments": [], "dependencies": ["b"]},
                        {"key": "b", "variants": {}, "segments": [], "dependencies": ["a"]},
                        {"key": "c", "variants": {}, "segments": [], "dependencies": ["c"]}"""));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("cycle");
    }

    @Test
    void rejectsInvalidPatternsAndWarnsOfUnknownOperators() {
        HttpResponse<String> pattern = node.put(document(condition("regex match", "(")));
        assertThat(pattern.statusCode()).isEqualTo(400);

        HttpResponse<String> operator = node.put(document(condition("is about", "x")));
        assertThat(operator.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(operator.body()).getJsonArray("warnings")).hasSize(1);
        assertThat(operator.body()).contains("flags.f.segments[0].conditions[0][0].op");
    }

    @Test
    void treatsARangeOfOneNumberAsEmpty() {
        assertThat(put(document("""
                                {"key": "f", "variants": {"on": {"key": "on"}}, "segments": [{"bucket":
                                 {"selector": ["context", "user", "user_id"], "salt": "s",
                                  "allocations": [{"range": [0], "distributions": [{"variant": "on", "range": [0]}]}]}}]}""")).statusCode()).isEqualTo(200);
        assertThat(node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key " + SECRET_KEY)
                        .body())
                .isEqualTo("{}");
    }

    @Test
    void rejectsKeysThatAreTooLongForAnIndex() {
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            key.append((char) (' ' + 7 + (i * 31L * i + i / 7) % 80));
        }
        String flag = new JsonObject()
                .put("key", key.toString())
                .put("variants", new JsonObject())
                .put("segments", new JsonArray())
                .encode();

        assertThat(node.put(document(flag)).statusCode()).isEqualTo(400);
    }

    @Test
    void preservesUnusualText() {
        String flag = """
                {"key":"\\u00fc, '\\"%s","variants":{"on":{"key":"on","payload":["\\ud800","\\u0000","\\ud83d\\ude80",1.0,1e3,123456789012345678901234567890]}},"segments":[{"variant":"on"}]}""";
        assertThat(put(document(flag)).statusCode()).isEqualTo(200);

        HttpResponse<String> answer = node.get("/v1/vardata", "Authorization", "Api-Key " + SECRET_KEY);

        assertThat(answer.body())
                .contains("\"\u00fc, '\\\"%s\"")
                .contains("\\u0000\",\"\ud83d\ude80\",1.0,1e3,123456789012345678901234567890]");
    }

    // Bodies

    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "{\"flags\": []}\u0080", "{\"a\": \"\u00c0\u0080\"}", "\u00ed\u00a0\u0080"})
    void rejectsABodyThatIsNotUtf8(String body) throws IOException {
        Answer answer = rawPut(body, "");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("message")).contains("UTF-8");
    }

    @Test
    void rejectsAnEmptyBody() throws IOException {
        assertThat(rawPut("", "").status()).isEqualTo(400);
        Answer none = RawConnection.exchange(
                node.adminPort(),
                "PUT /api/1/ruleset HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN
                        + "\r\n\r\n");
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.error().getString("message")).isNotBlank();
    }

    @Test
    void rejectsABodyThatIsTooLarge() throws IOException {
        for (int size : new int[] {200_001, 5_000_000}) {
            Answer answer = rawPut(" ".repeat(size), "");

            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.error().getString("code")).isEqualTo("document_too_large");
        }
        assertThat(put(" ".repeat(199_000 - RULESET.length()) + RULESET).statusCode())
                .isEqualTo(200);
    }

    @Test
    void rejectsDocumentsThatAreNestedTooDeeply() {
        assertThat(node.put("{\"flags\":" + "[".repeat(50_000)).statusCode()).isEqualTo(400);
    }

    @Test
    void sends100ContinueToAClientThatExpectsIt() throws IOException {
        try (RawConnection connection = RawConnection.to(node.adminPort())) {
            connection.send(
                    "PUT /api/1/ruleset HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN
                            + "\r\nExpect: 100-continue\r\nContent-Length: " + RULESET.length() + "\r\n\r\n");
            assertThat(connection.readHead().status()).isEqualTo(100);
            connection.send(RULESET);
            assertThat(connection.read().status()).isEqualTo(200);
        }
    }

    // HTTP

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE /api/1/ruleset | GET, HEAD, PUT",
                "POST /api/1/ruleset | GET, HEAD, PUT",
                "PUT /api/1/ledger | GET, HEAD",
                "DELETE /api/1/ledger | GET, HEAD",
                "TRACE /health/live | GET, HEAD",
                "POST /health/ready | GET, HEAD",
                "OPTIONS /metrics | GET, HEAD",
                "POST /api/1/ruleset/flags/f | GET, HEAD, PUT, DELETE",
                "POST /api/1/ruleset/projects/p | GET, HEAD, PUT, DELETE",
                "GET /api/1/ruleset/recover | POST",
            })
    void listsTheSupportedMethodsOfAPath(String target, String methods) throws IOException {
        Answer answer = raw(target);

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).containsExactly(methods);
        assertThat(answer.error().getString("code")).isEqualTo("method_not_allowed");
    }

    @Test
    void answersMalformedRequestsWithJsonErrors() throws IOException {
        assertThat(raw("GET /nowhere").error().getString("code")).isEqualTo("not_found");
        assertThat(raw("GET /v1/vardata").status()).isEqualTo(404);
        assertThat(raw("GET /%").error().getString("code")).isEqualTo("bad_request");
        assertThat(RawConnection.exchange(node.adminPort(), "garbage\r\n\r\n")
                        .error()
                        .getString("code"))
                .isEqualTo("bad_request");
        assertThat(raw("GET /" + "x".repeat(5_000)).error().getString("code")).isEqualTo("url_too_long");
        Answer large = RawConnection.exchange(
                node.adminPort(),
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(9_000) + "\r\n\r\n");
        assertThat(large.status()).isEqualTo(431);
        assertThat(large.error().getString("code")).isEqualTo("headers_too_large");
    }

    // Without a database

    @Test
    void reportsThatTheDatabaseIsUnavailable() {
        assertThat(put(RULESET).statusCode()).isEqualTo(200);
        postgresql.stop();
        try {
            HttpResponse<String> answer = node.put(RULESET);

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("database_unavailable");
            assertThat(RunningNode.error(answer).getString("message")).contains("PostgreSQL");
            assertThat(answer.body()).doesNotContain(PASSWORD, "postgresql://");
            assertThat(node.put("{").statusCode())
                    .as("an invalid document is rejected without a database too")
                    .isEqualTo(400);
            assertThat(node.get("/v1/vardata", "Authorization", "Api-Key " + SECRET_KEY)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(node.admin("GET", "/health/ready", "").body()).doesNotContain(PASSWORD);
        } finally {
            postgresql.restart();
        }
        assertThat(put(RULESET).statusCode()).isEqualTo(200);
    }

    @Test
    void rejectsReplacingARulesetFromAFile() {
        try (RunningNode fromFile = RunningNode.serving(RULESET, Map.of())) {
            HttpResponse<String> answer = fromFile.put(RULESET);

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("read_only");
            assertThat(fromFile.admin("GET", "/api/1/ruleset", "").statusCode()).isEqualTo(200);
        }
    }

    private static HttpResponse<String> put(String document) {
        HttpResponse<String> answer = node.put(document);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static Answer raw(String target) throws IOException {
        return RawConnection.exchange(
                node.adminPort(),
                target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n\r\n");
    }

    /** Puts a body with one byte for each character. */
    private static Answer rawPut(String body, String headers) throws IOException {
        return RawConnection.exchange(
                node.adminPort(),
                "PUT /api/1/ruleset HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n"
                        + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static String condition(String operator, String value) {
        return """
                {"key": "f", "variants": {"on": {"key": "on"}}, "segments": [{"conditions": [[
                 {"selector": ["context", "user", "user_id"], "op": "%s", "values": ["%s"]}]], "variant": "on"}]}""".formatted(operator, value);
    }

    private static String document(String flags) {
        return "{\"deployments\": [{\"key\": \"" + SECRET_KEY
                + "\", \"label\": \"all\", \"type\": \"server\", \"flags\": [\"*\"]}], \"flags\": [" + flags + "]}";
    }
}
