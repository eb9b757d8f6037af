package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of one flag or one project on the admin port of a node with a database. */
@Timeout(60)
@Tag("slow")
class RulesetPartsTest {
    private static final String SERVER_KEY = "server-secret-key";
    private static final String SHOP_KEY = "shop-secret-key";
    private static final String FLAGS = "/api/1/ruleset/flags/";
    private static final String PROJECTS = "/api/1/ruleset/projects/";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(
                Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_ADMIN_MAX_DOCUMENT_SIZE", "200000"));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @BeforeEach
    void putTwoFlags() {
        String base = flag("base", "on");
        String dependent = "{\"key\":\"dependent\",\"dependencies\":[\"base\"],\"variants\":{},\"segments\":[]}";
        HttpResponse<String> put = node.put("{\"deployments\": [" + deployment(SERVER_KEY) + "], \"flags\": [" + base
                + "," + dependent + "], \"cohorts\": []}");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }

    // Flags

    @Test
    void addsAFlag() {
        HttpResponse<String> put = node.admin("PUT", FLAGS + "new", flag("new", "on"));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
        assertThat(new JsonObject(put.body()).getLong("revision")).isEqualTo(revision());
        assertThat(put.headers().firstValue("ETag"))
                .isEqualTo(node.admin("GET", "/api/1/ruleset", "").headers().firstValue("ETag"));
        assertThat(vardata(SERVER_KEY)).contains("\"new\":{\"key\":\"on\"}");
    }

    @Test
    void replacesAFlag() {
        HttpResponse<String> put = node.admin("PUT", FLAGS + "base", flag("base", "other"));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(vardata(SERVER_KEY)).contains("\"base\":{\"key\":\"other\"}");
    }

    @Test
    void exportsAFlagAsItWasPut() {
        String flag = "{\"key\":\"n\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":1.50}},\"segments\":[]}";
        assertThat(node.admin("PUT", FLAGS + "n", flag).statusCode()).isEqualTo(201);

        HttpResponse<String> got = node.admin("GET", FLAGS + "n", "");

        assertThat(got.statusCode()).isEqualTo(200);
        assertThat(got.body()).isEqualTo(flag);
        assertThat(got.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(node.admin("PUT", FLAGS + "n", got.body(), "If-Match", tag(got))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void removesAFlag() {
        HttpResponse<String> removed = node.admin("DELETE", FLAGS + "dependent", "");

        assertThat(removed.statusCode()).as(removed.body()).isEqualTo(200);
        assertThat(new JsonObject(removed.body()).getLong("revision")).isEqualTo(revision());
        assertThat(node.admin("GET", FLAGS + "dependent", "").statusCode()).isEqualTo(404);
    }

    @Test
    void keepsAFlagOnWhichAnotherOneDepends() {
        HttpResponse<String> answer = node.admin("DELETE", FLAGS + "base", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("flag_in_use");
        assertThat(RunningNode.error(answer).getJsonArray("problems")).isNotEmpty();
        assertThat(node.admin("GET", FLAGS + "base", "").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, unknown, unknown_flag",
        "DELETE, unknown, unknown_flag",
        "GET, base?project=unknown, unknown_project",
        "PUT, base?project=unknown, unknown_project",
        "DELETE, base?project=unknown, unknown_project",
        "GET, base?project=%F0%9F%92%A9, unknown_project",
        "GET, base?project=%00, unknown_project",
    })
    void reportsAnUnknownFlagOrProject(String method, String flag, String code) {
        HttpResponse<String> answer = node.admin(method, FLAGS + flag, method.equals("PUT") ? flag("base", "on") : "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "1",
                "\"base\"",
                "{}",
                "{\"key\":1,\"variants\":{},\"segments\":[]}",
                "{\"key\":\"other\",\"variants\":{},\"segments\":[]}",
                "{\"key\":\"base\",\"key\":\"base\",\"variants\":{},\"segments\":[]}",
                "{\"key\":\"base\",\"variants\":[],\"segments\":[]}",
                "{\"key\":\"base\",\"variants\":{},\"segments\":[]} x",
                "{\"key\":\"base\",\"variants\":{},\"segments\":[],\"dependencies\":[\"base\"]}",
                "{\"key\":\"base\",\"variants\":{},\"segments\":[],\"dependencies\":[\"dependent\"]}",
            })
    void rejectsAnInvalidFlagWithItsProblems(String flag) {
        HttpResponse<String> answer = node.admin("PUT", FLAGS + "base", flag);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_ruleset");
        assertThat(RunningNode.error(answer).getJsonArray("problems")).isNotEmpty();
        assertThat(vardata(SERVER_KEY)).contains("\"base\":{\"key\":\"on\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "%00, '{\"key\":\"\\u0000\",\"variants\":{},\"segments\":[]}'",
        "%ED%A0%80, '{\"key\":\"\\ud800\",\"variants\":{},\"segments\":[]}'",
        "%FF, '{}'",
        "%E2%82, '{}'",
    })
    void rejectsAKeyThatIsNotText(String key, String flag) {
        HttpResponse<String> answer = node.admin("PUT", FLAGS + key, flag);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo("key");
    }

    @Test
    void decodesAKeyOnce() {
        String key = "100%25/a b";
        String flag = flag(key, "on");

        assertThat(node.admin("PUT", FLAGS + "100%2525%2Fa%20b", flag).statusCode())
                .isEqualTo(201);
        assertThat(node.admin("GET", FLAGS + "100%2525%2Fa%20b", "").body()).isEqualTo(flag);
        assertThat(node.admin("GET", FLAGS + "100%25%2Fa%20b", "").statusCode()).isEqualTo(404);
    }

    @Test
    void rejectsALoneSurrogateInAKey() {
        HttpResponse<String> answer =
                node.admin("PUT", FLAGS + "base", "{\"key\":\"\\ud800\",\"variants\":{},\"segments\":[]}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void rejectsAKeyThatIsTooLongForAnIndex() {
        String key = "k".repeat(3_500);

        HttpResponse<String> answer = node.admin("PUT", FLAGS + key, flag(key, "on"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void rejectsAFlagThatIsTooLarge() throws IOException {
        Answer answer = raw("PUT " + FLAGS + "base", "", " ".repeat(200_001));

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.error().getString("code")).isEqualTo("document_too_large");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "{\"key\":\"base\u00c0\u0080\"}"})
    void rejectsAFlagThatIsNotUtf8(String body) throws IOException {
        Answer answer = raw("PUT " + FLAGS + "base", "", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("message")).contains("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUT " + FLAGS + "base",
                "DELETE " + FLAGS + "base",
                "PUT " + PROJECTS + "p",
                "DELETE " + PROJECTS + "p"
            })
    void rejectsAnIfMatchThatIsNotARevision(String target) throws IOException {
        for (String tag : new String[] {"garbage", "\"1-xyz\"", "\"1\", \"2\"", "\"1\"\r\nIf-Match: *"}) {
            Answer answer = raw(target, "If-Match: " + tag + "\r\n", "{}");

            assertThat(answer.status()).as(tag).isEqualTo(400);
            assertThat(answer.error().getString("message")).contains("If-Match");
        }
    }

    @Test
    void changesAFlagOnlyAtTheExpectedRevision() {
        String old = tag(node.admin("GET", FLAGS + "base", ""));
        long number = revision();
        assertThat(node.admin("PUT", FLAGS + "base", flag("base", "a"), "If-Match", old)
                        .statusCode())
                .isEqualTo(200);

        for (String tag : new String[] {old, "\"" + number + "\"", "\"" + revision() + "-0123456789abcdef\""}) {
            HttpResponse<String> put = node.admin("PUT", FLAGS + "base", flag("base", "b"), "If-Match", tag);
            HttpResponse<String> removal = node.admin("DELETE", FLAGS + "dependent", "", "If-Match", tag);

            assertThat(put.statusCode()).as(tag).isEqualTo(412);
            assertThat(RunningNode.error(put).getString("code")).isEqualTo("revision_conflict");
            assertThat(removal.statusCode()).as(tag).isEqualTo(412);
        }
        assertThat(vardata(SERVER_KEY)).contains("\"base\":{\"key\":\"a\"}");
    }

    @Test
    void rejectsARepeatedProject() {
        HttpResponse<String> answer = node.admin("GET", FLAGS + "base?project=&project=", "");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("repeated_parameter");
    }

    // Projects

    @Test
    void addsReplacesAndRemovesAProject() {
        HttpResponse<String> added = node.admin("PUT", PROJECTS + "shop", project("on"));
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        assertThat(vardata(SHOP_KEY)).isEqualTo("{\"base\":{\"key\":\"on\"}}");

        HttpResponse<String> replaced = node.admin("PUT", PROJECTS + "shop", project("other"));
        assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(200);
        assertThat(new JsonObject(replaced.body()).getLong("revision")).isEqualTo(revision());
        assertThat(vardata(SHOP_KEY)).isEqualTo("{\"base\":{\"key\":\"other\"}}");
        assertThat(vardata(SERVER_KEY)).contains("\"base\":{\"key\":\"on\"}");

        HttpResponse<String> removed = node.admin("DELETE", PROJECTS + "shop", "");
        assertThat(removed.statusCode()).as(removed.body()).isEqualTo(200);
        assertThat(node.get("/v1/vardata", "Authorization", "Api-Key " + SHOP_KEY)
                        .statusCode())
                .isEqualTo(401);
        assertThat(node.admin("GET", PROJECTS + "shop", "").statusCode()).isEqualTo(404);
    }

    @Test
    void anExportedProjectCanBePut() {
        assertThat(node.admin("PUT", PROJECTS + "shop", project("on")).statusCode())
                .isEqualTo(201);

        HttpResponse<String> got = node.admin("GET", PROJECTS + "shop", "");

        assertThat(got.statusCode()).isEqualTo(200);
        JsonObject document = new JsonObject(got.body());
        assertThat(document.fieldNames())
                .containsExactlyInAnyOrder("apiKey", "secretKey", "deployments", "flags", "cohorts");
        assertThat(document.getJsonArray("flags")).isEqualTo(new JsonObject(project("on")).getJsonArray("flags"));
        assertThat(node.admin("PUT", PROJECTS + "shop", got.body(), "If-Match", tag(got))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void changesAFlagOfOneProjectOnly() {
        assertThat(node.admin("PUT", PROJECTS + "shop", project("on")).statusCode())
                .isEqualTo(201);

        HttpResponse<String> put = node.admin("PUT", FLAGS + "base?project=shop", flag("base", "shop"));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(vardata(SHOP_KEY)).isEqualTo("{\"base\":{\"key\":\"shop\"}}");
        assertThat(vardata(SERVER_KEY)).contains("\"base\":{\"key\":\"on\"}");
        assertThat(node.admin("GET", FLAGS + "base?project=shop", "").body()).isEqualTo(flag("base", "shop"));
        assertThat(node.admin("GET", FLAGS + "base", "").body()).isEqualTo(flag("base", "on"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void reportsAnUnknownProject(String method) {
        HttpResponse<String> answer = node.admin(method, PROJECTS + "unknown", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("unknown_project");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{\"deployments\":1}",
                "{\"flags\":[1]}",
                "{\"revision\":1}",
                "{\"projects\":{}}",
                "{\"apiKey\":\"a\"}",
                "{\"secretKey\":\"s\"}",
                "{\"apiKey\":1,\"secretKey\":2}",
                "{\"apiKey\":\"\\ud800\",\"secretKey\":\"s\"}",
                "{\"deployments\":[{\"key\":\"server-secret-key\",\"label\":\"l\",\"type\":\"server\",\"flags\":[]}]}",
            })
    void rejectsAnInvalidProjectWithItsProblems(String project) {
        HttpResponse<String> answer = node.admin("PUT", PROJECTS + "shop", project);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_ruleset");
        assertThat(answer.body()).doesNotContain(SERVER_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%20", "a%2Fb", "%C3%A4", "%F0%9F%92%A9"})
    void rejectsAnInvalidKeyOfAProject(String key) {
        HttpResponse<String> answer = node.admin("PUT", PROJECTS + key, "{}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_ruleset");
    }

    // Without a database

    @Test
    void rejectsChangesOfARulesetFromAFile() {
        String document =
                "{\"deployments\": [" + deployment(SERVER_KEY) + "], \"flags\": [" + flag("base", "on") + "]}";
        try (RunningNode fromFile = RunningNode.serving(document, Map.of())) {
            for (String target : new String[] {
                "PUT " + FLAGS + "base",
                "DELETE " + FLAGS + "base",
                "PUT " + PROJECTS + "shop",
                "DELETE " + PROJECTS + "shop",
                "POST /api/1/ruleset/recover"
            }) {
                int space = target.indexOf(' ');
                HttpResponse<String> answer =
                        fromFile.admin(target.substring(0, space), target.substring(space + 1), "{}");

                assertThat(answer.statusCode()).as(target).isEqualTo(405);
                assertThat(RunningNode.error(answer).getString("code")).isEqualTo("read_only");
            }
            assertThat(fromFile.admin("GET", FLAGS + "base", "").body()).isEqualTo(flag("base", "on"));
        }
    }

    // Recovery

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                             | $",
                "{                                              | $",
                "[]                                             | ``",
                "null                                           | ``",
                "\"served\"                                     | ``",
                "{}                                             | keep",
                "{\"keep\": null}                               | keep",
                "{\"keep\": 1}                                  | keep",
                "{\"keep\": true}                               | keep",
                "{\"keep\": [\"served\"]}                       | keep",
                "{\"keep\": {\"served\": true}}                 | keep",
                "{\"keep\": \"\"}                               | keep",
                "{\"keep\": \"SERVED\"}                         | keep",
                "{\"keep\": \"served \"}                        | keep",
                "{\"keep\": \"\\u0000\"}                        | keep",
                "{\"keep\": \"\\ud800\"}                        | keep",
                "{\"keep\": \"served\", \"keep\": \"served\"}   | $.keep",
                "{\"keep\": \"served\", \"force\": true}        | force",
                "{\"keep\": \"served\"} x                       | $",
            })
    void rejectsAMalformedRecovery(String body, String path) {
        HttpResponse<String> answer = node.admin("POST", "/api/1/ruleset/recover", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("bad_request");
        assertThat(RunningNode.error(answer).getString("path", "")).isEqualTo(path);
        assertThat(RunningNode.error(answer).getString("message")).isNotBlank();
    }

    @Test
    void rejectsARecoveryThatIsTooLargeOrNotUtf8() throws IOException {
        assertThat(raw("POST /api/1/ruleset/recover", "", "\u00ff").status()).isEqualTo(400);
        assertThat(raw("POST /api/1/ruleset/recover", "", " ".repeat(200_001)).status())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"database", "served"})
    void hasNothingToRecoverWhileTheDatabaseContinuesTheServedRuleset(String keep) {
        long before = revision();

        HttpResponse<String> answer = node.admin("POST", "/api/1/ruleset/recover", "{\"keep\": \"" + keep + "\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("not_diverged");
        assertThat(revision()).isEqualTo(before);
    }

    private static long revision() {
        return new JsonObject(node.admin("GET", "/api/1/ruleset", "").body()).getLong("revision");
    }

    private static String vardata(String key) {
        return node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key " + key)
                .body();
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static String flag(String key, String variant) {
        return "{\"key\":\"" + key + "\",\"variants\":{\"" + variant + "\":{\"key\":\"" + variant
                + "\"}},\"segments\":[{\"variant\":\"" + variant + "\"}]}";
    }

    private static String deployment(String key) {
        return "{\"key\":\"" + key + "\",\"label\":\"all\",\"type\":\"server\",\"flags\":[\"*\"]}";
    }

    private static String project(String variant) {
        return "{\"apiKey\":\"shop-api\",\"secretKey\":\"shop-secret\",\"deployments\":[" + deployment(SHOP_KEY)
                + "],\"flags\":[" + flag("base", variant) + "],\"cohorts\":[]}";
    }

    /** Sends a body with one byte for each character. */
    private static Answer raw(String target, String headers, String body) throws IOException {
        return RawConnection.exchange(
                node.adminPort(),
                target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n" + headers
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }
}
