package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens with roles and scopes on the admin port. */
@Tag("slow")
class TokensTest {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final String WEB_KEY = "server-key-of-web";
    private static final String SHOP_KEY = "server-key-of-shop";

    private static final String FLAG =
            "{\"key\": \"%s\", \"variants\": {\"on\": {\"key\": \"on\"}}, \"segments\": [{\"variant\": \"on\"}]}";

    private static final String RULESET = "{\"projects\": {\"\": {\"deployments\": ["
            + "{\"key\": \"" + WEB_KEY + "\", \"label\": \"web\", \"type\": \"server\", \"flags\": [\"pay-web\"]},"
            + "{\"key\": \"server-key-of-app\", \"label\": \"app\", \"type\": \"server\","
            + " \"flags\": [\"pay-app\", \"pay-both\"]},"
            + "{\"key\": \"server-key-of-site\", \"label\": \"site\", \"type\": \"server\", \"flags\": [\"pay-both\"]}],"
            + "\"flags\": [" + FLAG.formatted("pay-web") + "," + FLAG.formatted("pay-app") + ","
            + FLAG.formatted("pay-both") + "," + FLAG.formatted("other") + "]},"
            + "\"shop\": {\"deployments\": [{\"key\": \"" + SHOP_KEY
            + "\", \"label\": \"web\", \"type\": \"server\", \"flags\": [\"*\"]}],"
            + "\"flags\": [" + FLAG.formatted("hidden") + "]}}}";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @BeforeEach
    void putRuleset() {
        HttpResponse<String> put = node.put(RULESET);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }

    @Test
    void aViewerReadsAndIsRefusedToWrite() {
        String viewer = token("viewer", "");

        assertThat(status(viewer, "GET /api/1/ruleset/flags/pay-web")).isEqualTo(200);
        assertThat(status(viewer, "GET /api/1/cohorts")).isEqualTo(200);
        assertThat(status(viewer, "GET /api/1/ledger")).isEqualTo(200);
        for (String request : List.of(
                "PUT /api/1/ruleset",
                "PUT /api/1/ruleset/projects/shop",
                "DELETE /api/1/ruleset/projects/shop",
                "PUT /api/1/ruleset/flags/pay-web",
                "DELETE /api/1/ruleset/flags/other",
                "PUT /api/1/cohorts/c",
                "DELETE /api/1/cohorts/c",
                "POST /api/1/ruleset/recover",
                "POST /api/1/tokens",
                "GET /api/1/tokens",
                "DELETE /api/1/tokens/1")) {
            assertForbidden(request(viewer, request, "{}"), request);
        }
        assertThat(node.admin("GET", "/api/1/ruleset/flags/other", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void onlyAnAdministratorReadsDeploymentKeys() {
        String viewer = token("viewer", "");
        String editor = token("editor", "");
        String admin = token("admin", "");
        String adminOfShop = token("admin", ", \"projects\": [\"shop\"]");

        for (String token : List.of(viewer, editor)) {
            HttpResponse<String> deployments = request(token, "GET /api/1/deployments", "");
            assertThat(deployments.statusCode()).isEqualTo(200);
            assertThat(deployments.body()).contains("\"label\":\"web\"").doesNotContain("server-key");
            for (String request : List.of("GET /api/1/ruleset", "GET /api/1/ruleset/projects/shop")) {
                HttpResponse<String> refused = request(token, request, "");
                assertForbidden(refused, request);
                assertThat(refused.body()).doesNotContain("server-key");
            }
        }
        assertThat(request(admin, "GET /api/1/deployments", "").body()).contains(WEB_KEY, SHOP_KEY);
        assertThat(request(admin, "GET /api/1/ruleset", "").body()).contains(WEB_KEY, SHOP_KEY);
        assertThat(request(adminOfShop, "GET /api/1/deployments", "").body())
                .contains(SHOP_KEY)
                .doesNotContain(WEB_KEY);
    }

    @Test
    void aTokenOfOneProjectSeesNothingOfAnother() {
        String token = token("admin", ", \"projects\": [\"1\"]");

        assertThat(status(token, "GET /api/1/ruleset/flags/pay-web")).isEqualTo(200);
        for (String request : List.of(
                "GET /api/1/ruleset/flags/hidden?project=shop",
                "PUT /api/1/ruleset/flags/hidden?project=shop",
                "DELETE /api/1/ruleset/flags/hidden?project=shop",
                "GET /api/1/ruleset/projects/shop",
                "PUT /api/1/ruleset/projects/shop",
                "DELETE /api/1/ruleset/projects/shop",
                "GET /api/1/cohorts?project=shop",
                "PUT /api/1/cohorts/c?project=shop",
                "DELETE /api/1/cohorts/c?project=shop")) {
            HttpResponse<String> hidden = request(token, request, "{}");
            HttpResponse<String> missing = request(token, request.replace("shop", "missing"), "{}");
            assertThat(hidden.statusCode()).as(request).isEqualTo(404);
            assertThat(hidden.body()).as(request).isEqualTo(missing.body());
        }
        assertThat(request(token, "GET /api/1/deployments", "").body()).doesNotContain("shop", SHOP_KEY);
        assertForbidden(request(token, "GET /api/1/ruleset", ""), "the document has all projects");
        assertForbidden(request(token, "PUT /api/1/ruleset", RULESET), "the document has all projects");
        assertForbidden(request(token, "GET /api/1/ledger", ""), "the ledger is that of all projects");
        assertForbidden(request(token, "POST /api/1/tokens", "{}"), "tokens are those of all projects");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"flags\": [{\"key\": \"hidden\", \"variants\": {}}]",
                "\"ruleset\": {\"deployments\": [], \"flags\": []}",
                "\"revision\": 1"
            })
    void previewsNothingOfAnotherProject(String candidate) {
        String token = token("viewer", ", \"projects\": [\"1\"]");
        String preview = "{\"project\": \"shop\", " + candidate + ", \"users\": {\"generate\": {\"count\": 1}}}";

        HttpResponse<String> hidden = request(token, "POST /api/1/preview", preview);
        HttpResponse<String> missing = request(token, "POST /api/1/preview", preview.replace("shop", "missing"));

        assertThat(hidden.statusCode()).as(hidden.body()).isEqualTo(404);
        assertThat(hidden.body()).isEqualTo(missing.body());
    }

    @ParameterizedTest
    @CsvSource({
        "pay-web, 200",
        "pay-app, 403",
        "pay-both, 403",
        "pay-new, 201",
        "other, 403",
    })
    void anEditorWritesOnlyFlagsInItsScope(String flag, int status) {
        String editor =
                token("editor", ", \"projects\": [\"1\"], \"deployments\": [\"web\"], \"keyPrefixes\": [\"pay-\"]");

        HttpResponse<String> put = request(editor, "PUT /api/1/ruleset/flags/" + flag, FLAG.formatted(flag));

        assertThat(put.statusCode()).as(put.body()).isEqualTo(status);
    }

    @Test
    void anEditorWritesAFlagOfADeploymentWithAllFlagsOnlyWithThatDeployment() {
        String web = token("editor", ", \"projects\": [\"shop\"], \"deployments\": [\"web\"]");
        String app = token("editor", ", \"projects\": [\"shop\"], \"deployments\": [\"app\"]");

        assertThat(request(web, "PUT /api/1/ruleset/flags/new?project=shop", FLAG.formatted("new"))
                        .statusCode())
                .isEqualTo(201);
        assertForbidden(
                request(app, "PUT /api/1/ruleset/flags/new?project=shop", FLAG.formatted("new")), "web has all flags");
    }

    @Test
    void acceptsALargeBodyWhileTheTokenIsChecked() {
        String admin = token("admin", "");
        String padding = " ".repeat(2_000_000);

        // A change of tokens makes the node check the token with the database.
        token("viewer", "");
        HttpResponse<String> put = request(admin, "PUT /api/1/ruleset", RULESET + padding);

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        token("viewer", "");
        HttpResponse<String> cohort = request(admin, "PUT /api/1/cohorts/large", "[\"u\"]" + padding);
        assertThat(cohort.statusCode()).as(cohort.body()).isEqualTo(200);
    }

    @Test
    void createsListsChangesAndRevokesTokens() {
        JsonObject created =
                created("editor", ", \"keyPrefixes\": [\"pay-\"], \"expiresAt\": \"2999-01-01T00:00:00Z\"");
        String path = "/api/1/tokens/" + created.getString("id");
        String secret = (String) created.remove("token");

        assertThat(secret).matches("vt_[A-Za-z0-9_-]{43}");
        assertThat(created.getString("createdBy")).isEqualTo("admin.token");
        assertThat(new JsonObject(node.admin("GET", path, "").body())).isEqualTo(created);
        assertThat(new JsonObject(node.admin("GET", "/api/1/tokens", "").body()).getJsonArray("tokens"))
                .contains(created);
        assertThat(status(secret, "PUT /api/1/ruleset/flags/other")).isEqualTo(403);

        HttpResponse<String> patched = node.admin("PATCH", path, "{\"keyPrefixes\": [], \"expiresAt\": null}");
        assertThat(new JsonObject(patched.body()))
                .isEqualTo(created.copy()
                        .put("keyPrefixes", new JsonArray())
                        .putNull("expiresAt")
                        .put("lastUsedAt", new JsonObject(patched.body()).getString("lastUsedAt")));
        assertThat(request(secret, "PUT /api/1/ruleset/flags/other", FLAG.formatted("other"))
                        .statusCode())
                .isEqualTo(200);

        assertThat(node.admin("DELETE", path, "").statusCode()).isEqualTo(200);
        assertThat(status(secret, "GET /api/1/cohorts")).isEqualTo(401);
        for (String method : List.of("GET", "PATCH", "DELETE")) {
            HttpResponse<String> unknown = node.admin(method, path, "{}");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(RunningNode.error(unknown).getString("code")).isEqualTo("unknown_token");
        }
    }

    @Test
    void reportsTheLastUse() {
        JsonObject created = created("viewer", "");
        assertThat(created.getString("lastUsedAt")).isNull();

        status(created.getString("token"), "GET /api/1/cohorts");

        Await.until(
                "the last use is stored",
                () -> new JsonObject(node.admin("GET", "/api/1/tokens/" + created.getString("id"), "")
                                        .body())
                                .getString("lastUsedAt")
                        != null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"name\": \"x\"}",
                "{\"name\": \"x\", \"role\": \"root\"}",
                "{\"name\": \"x\", \"role\": \"viewer\", \"scope\": \"all\"}",
                "{\"name\": \"\\u0000\", \"role\": \"viewer\"}"
            })
    void rejectsInvalidTokens(String body) {
        HttpResponse<String> rejected = node.admin("POST", "/api/1/tokens", body);

        assertThat(rejected.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(rejected).getString("code")).isEqualTo("invalid_token");
        assertThat(RunningNode.error(rejected).getJsonArray("problems")).isNotEmpty();
    }

    @Test
    void rejectsALargeDefinition() {
        HttpResponse<String> rejected = node.admin("POST", "/api/1/tokens", " ".repeat(65_537));

        assertThat(rejected.statusCode()).isEqualTo(413);
        assertThat(RunningNode.error(rejected).getString("code")).isEqualTo("document_too_large");
    }

    @Test
    void rejectsATakenName() {
        JsonObject first = created("viewer", "");

        HttpResponse<String> second = node.admin(
                "POST", "/api/1/tokens", "{\"name\": \"" + first.getString("name") + "\", \"role\": \"admin\"}");

        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(RunningNode.error(second).getString("code")).isEqualTo("name_taken");
    }

    @Test
    void logsWritesWithTheNameOfTheTokenAndWithoutSecrets() throws Exception {
        try (LogLines all = LogLines.ofAll()) {
            JsonObject viewer = created("viewer", "");
            JsonObject editor = created("editor", "");
            String viewerToken = viewer.getString("token");
            String editorToken = editor.getString("token");
            status(viewerToken, "PUT /api/1/ruleset/flags/other?x=data");
            request(editorToken, "PUT /api/1/ruleset/flags/other", FLAG.formatted("other"));
            status(editorToken, "GET /api/1/cohorts");
            request(viewerToken, "POST /api/1/preview", "{}");
            request(viewerToken, "POST /api/1/explain", "{}");
            request(viewerToken, "POST /api/1/simulate", "{}");
            request(editorToken, "POST /api/1/flags?dryRun=true", "{}");

            Await.until(
                    "both writes are logged",
                    () -> all.all().stream()
                                    .filter(line -> line.contains("path=/api/1/ruleset/flags/other"))
                                    .count()
                            == 2);
            Await.until("the dry run is logged", () -> all.all().stream()
                    .anyMatch(line -> line.contains("path=/api/1/flags ")));
            assertThat(all.all())
                    .contains(
                            "INFO management dry run: method=POST path=/api/1/flags status=400 token="
                                    + editor.getString("name"),
                            "INFO management write: method=PUT path=/api/1/ruleset/flags/other status=403 token="
                                    + viewer.getString("name"),
                            "INFO management write: method=PUT path=/api/1/ruleset/flags/other status=200 token="
                                    + editor.getString("name"))
                    .noneMatch(line -> line.contains("path=/api/1/cohorts")
                            || line.contains("path=/api/1/preview")
                            || line.contains("path=/api/1/explain")
                            || line.contains("path=/api/1/simulate"));
            assertThat(String.join("\n", all.all()))
                    .doesNotContain(viewerToken, editorToken, RunningNode.TOKEN, WEB_KEY);
            assertThat(node.admin("GET", "/api/1/tokens", "").body()).doesNotContain(viewerToken, editorToken);
            assertThat(tableOfTokens()).contains(viewer.getString("name")).doesNotContain(viewerToken, editorToken);
        }
    }

    @Test
    void rejectsUnknownTokensWithAChallenge() {
        for (String unknown : List.of("vt_", "vt_" + "x".repeat(43), "vt_" + "x".repeat(5_000))) {
            HttpResponse<String> rejected = request(unknown, "GET /api/1/cohorts", "");
            assertThat(rejected.statusCode()).isEqualTo(401);
            assertThat(rejected.headers().allValues("WWW-Authenticate")).containsExactly("Bearer");
            assertThat(RunningNode.error(rejected).getString("code")).isEqualTo("unauthorized");
        }
    }

    @Test
    void withoutAnAdminTokenAStoredTokenKeepsItsRole() {
        String viewer = token("viewer", "");
        try (RunningNode open =
                RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_ADMIN_TOKEN", ""))) {
            assertThat(open.send("GET", open.adminPort(), "/api/1/tokens", "").statusCode())
                    .isEqualTo(200);
            assertThat(open.send("GET", open.adminPort(), "/api/1/tokens", "", "Authorization", "Bearer " + viewer)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(open.send("GET", open.adminPort(), "/api/1/tokens", "", "Authorization", "Bearer vt_x")
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    private static void assertForbidden(HttpResponse<String> answer, String description) {
        assertThat(answer.statusCode()).as(description + " " + answer.body()).isEqualTo(403);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("forbidden");
    }

    private static String token(String role, String fields) {
        return created(role, fields).getString("token");
    }

    private static JsonObject created(String role, String fields) {
        HttpResponse<String> created = node.admin(
                "POST",
                "/api/1/tokens",
                "{\"name\": \"t" + NAMES.incrementAndGet() + "\", \"role\": \"" + role + "\"" + fields + "}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return new JsonObject(created.body());
    }

    private static int status(String token, String request) {
        return request(token, request, "").statusCode();
    }

    /** @param request method and path */
    private static HttpResponse<String> request(String token, String request, String body) {
        int space = request.indexOf(' ');
        return node.send(
                request.substring(0, space),
                node.adminPort(),
                request.substring(space + 1),
                body,
                "Authorization",
                "Bearer " + token);
    }

    private static String tableOfTokens() throws Exception {
        StringBuilder rows = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres");
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("select access_token::text from variate.access_token")) {
            while (found.next()) {
                rows.append(found.getString(1)).append('\n');
            }
        }
        return rows.toString();
    }
}
