package io.variate.admin.console;

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
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of the console: two nodes with one database, and attacks on them. */
@Tag("slow")
@Timeout(300)
class SessionTest {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final String NAME = "variate_session";
    private static final String COUNTS = "X-Variate-Console";
    private static final String INVENTED = "A".repeat(43);

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode other;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        other = RunningNode.start(
                Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_ADMIN_CORS_ORIGINS", "https://cms.example"));
    }

    @AfterAll
    static void stop() {
        other.close();
        node.close();
        postgresql.close();
    }

    private record NewToken(String id, String name, String secret) {}

    // Signing in and out

    @Test
    void aSessionHasTheNameAndRightsOfItsToken() {
        NewToken token = token("editor", ", \"projects\": [\"1\"], \"keyPrefixes\": [\"pay-\"]");
        HttpResponse<String> opened = signIn(node, token.secret());

        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(201);
        JsonObject me = me(node, session(opened));
        assertThat(me).isEqualTo(new JsonObject(opened.body()));
        assertThat(me.getString("name")).isEqualTo(token.name());
        assertThat(me.getString("role")).isEqualTo("editor");
        assertThat(me.getJsonArray("projects")).isEqualTo(JsonArray.of("1"));
        assertThat(me.getJsonArray("keyPrefixes")).isEqualTo(JsonArray.of("pay-"));
        assertThat(me.getBoolean("session")).isTrue();
        assertThat(me.getString("expiresAt")).isNotNull();
        assertThat(me.getBoolean("management")).isTrue();
        assertThat(me.getBoolean("local")).isFalse();
        assertThat(me.getString("node")).isEqualTo("test-node");
    }

    @Test
    void theAdminTokenCanSignIn() {
        String session = session(signIn(node, RunningNode.TOKEN));

        assertThat(me(node, session).getString("name")).isEqualTo("admin.token");
        assertThat(status(node, session, "GET /api/1/tokens")).isEqualTo(200);
    }

    @Test
    void theCookieIsHiddenFromScriptsAndOtherSites() {
        HttpResponse<String> opened = signIn(node, RunningNode.TOKEN);

        assertThat(cookie(opened)).matches(NAME + "=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict");
        assertThat(opened.body()).doesNotContain(session(opened));
    }

    @Test
    void behindTlsTheCookieIsSecureAndCannotBeSetByOtherHosts() {
        HttpResponse<String> opened = signIn(node, RunningNode.TOKEN, "X-Forwarded-Proto", "https");
        String id = session(opened);

        assertThat(cookie(opened))
                .matches("__Host-" + NAME + "=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure");
        assertThat(send(
                                node,
                                "GET /api/1/me",
                                COUNTS,
                                "1",
                                "X-Forwarded-Proto",
                                "https",
                                "Cookie",
                                "__Host-" + NAME + "=" + id)
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(node, "GET /api/1/me", COUNTS, "1", "X-Forwarded-Proto", "https", "Cookie", NAME + "=" + id)
                        .statusCode())
                .as("without the prefix")
                .isEqualTo(401);
    }

    @Test
    void anotherNodeAcceptsASessionAndItsEnd() {
        String session = session(signIn(node, token("viewer", "").secret()));

        Await.until("the other node knows the session", () -> status(other, session, "GET /api/1/me") == 200);
        assertThat(status(other, session, "DELETE /api/1/session")).isEqualTo(204);

        assertThat(status(other, session, "GET /api/1/me")).isEqualTo(401);
        Await.until("the first node refuses the session", () -> status(node, session, "GET /api/1/me") == 401);
    }

    @Test
    void signingOutRemovesTheCookie() {
        String session = session(signIn(node, token("viewer", "").secret()));

        HttpResponse<String> out = request(node, session, "DELETE /api/1/session");

        assertThat(cookie(out)).isEqualTo(NAME + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        assertThat(status(node, session, "GET /api/1/me")).isEqualTo(401);
    }

    @Test
    void aSessionSurvivesARestart() {
        String session;
        try (RunningNode first = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()))) {
            session = session(signIn(first, RunningNode.TOKEN));
        }
        try (RunningNode second = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()))) {
            assertThat(status(second, session, "GET /api/1/me")).isEqualTo(200);
        }
    }

    @Test
    void writesInASessionAreLoggedAndAuditedUnderTheNameOfItsToken() {
        NewToken token = token("admin", "");
        String session = session(signIn(node, token.secret()));
        try (LogLines all = LogLines.ofAll()) {
            HttpResponse<String> written = send(
                    node,
                    "POST /api/1/flags",
                    "{\"projectId\": \"1\", \"key\": \"" + token.name() + "\"}",
                    COUNTS,
                    "1",
                    "Cookie",
                    NAME + "=" + session);
            assertThat(written.statusCode()).as(written.body()).isBetween(200, 201);

            Await.until("the write is logged", () -> all.all().stream()
                    .anyMatch(line -> line.contains("path=/api/1/flags") && line.endsWith("token=" + token.name())));
        }
        String audit = node.admin("GET", "/api/1/audit?limit=1", "").body();
        assertThat(new JsonObject(audit)
                        .getJsonArray("entries")
                        .getJsonObject(0)
                        .getString("actor"))
                .contains(token.name());
    }

    @Test
    void withoutAnAdminTokenNoSignInIsNeeded() {
        try (RunningNode open =
                RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_ADMIN_TOKEN", ""))) {
            JsonObject me =
                    new JsonObject(send(open, "GET /api/1/me", COUNTS, "1").body());

            assertThat(me.getBoolean("local")).isTrue();
            assertThat(me.getBoolean("session")).isFalse();
            assertThat(me.getString("role")).isEqualTo("admin");
            assertThat(RunningNode.error(send(open, "POST /api/1/session")).getString("code"))
                    .isEqualTo("no_token_set");
            NewToken viewer = token("viewer", "");
            String session = session(signIn(open, viewer.secret()));
            assertThat(me(open, session).getString("role")).isEqualTo("viewer");
        }
    }

    @Test
    void aNodeWithoutADatabaseKeepsSessionsInMemory() {
        try (RunningNode alone = RunningNode.start(Map.of())) {
            String session = session(signIn(alone, RunningNode.TOKEN));

            JsonObject me = me(alone, session);
            assertThat(me.getString("name")).isEqualTo("admin.token");
            assertThat(me.getBoolean("management")).isFalse();
            for (int i = 0; i < 20; i++) {
                signIn(alone, RunningNode.TOKEN);
            }
            assertThat(status(alone, session, "GET /api/1/me"))
                    .as("the oldest of 21")
                    .isEqualTo(401);
        }
    }

    // Ends

    @Test
    void aSessionEndsWithItsToken() {
        NewToken token = token("viewer", "");
        String session = session(signIn(node, token.secret()));
        assertThat(status(node, session, "GET /api/1/cohorts")).isEqualTo(200);

        assertThat(node.admin("DELETE", "/api/1/tokens/" + token.id(), "").statusCode())
                .isEqualTo(200);

        assertThat(status(node, session, "GET /api/1/cohorts")).isEqualTo(401);
        Await.until("the other node refuses the session", () -> status(other, session, "GET /api/1/me") == 401);
        assertThat(number("select count(*) from variate.console_session where token = " + token.id()))
                .isZero();
    }

    @Test
    void aSessionHasTheNewRoleOfItsToken() {
        NewToken token = token("admin", "");
        String session = session(signIn(node, token.secret()));
        assertThat(status(node, session, "GET /api/1/tokens")).isEqualTo(200);

        node.admin("PATCH", "/api/1/tokens/" + token.id(), "{\"role\": \"viewer\"}");

        assertThat(status(node, session, "GET /api/1/tokens")).isEqualTo(403);
    }

    @Test
    void aSessionEndsWhenItsTokenExpires() throws Exception {
        NewToken token = token("viewer", ", \"expiresAt\": \"2099-01-01T00:00:00Z\"");
        String session = session(signIn(node, token.secret()));
        assertThat(me(node, session).getString("expiresAt")).isLessThan("2099");

        execute("update variate.access_token set expires_at = now() where id = " + token.id());

        Await.until("the session has ended", () -> status(node, session, "GET /api/1/me") == 401);
    }

    @Test
    void anUnusedSessionTimesOut() throws Exception {
        NewToken token = token("viewer", "");
        String session = session(signIn(node, token.secret()));

        execute("update variate.console_session set last_used_at = now() - interval '8 hours' where token = "
                + token.id());

        Await.until("the session has ended", () -> status(node, session, "GET /api/1/me") == 401);
        signIn(node, token.secret());
        assertThat(number("select count(*) from variate.console_session where token = " + token.id()))
                .as("the next sign-in removes it")
                .isEqualTo(1);
    }

    @Test
    void anotherAdminTokenInTheSettingsEndsTheSessionsOfTheFirst() {
        String session = session(signIn(node, RunningNode.TOKEN));
        try (RunningNode changed = RunningNode.start(
                Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_ADMIN_TOKEN", "another-admin-token"))) {
            assertThat(status(changed, session, "GET /api/1/me")).isEqualTo(401);
        }
    }

    @Test
    void theSessionOfATokenThatWasUnusedForLongestMakesRoom() throws Exception {
        NewToken token = token("viewer", "");
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sessions.add(session(signIn(node, token.secret())));
        }
        assertThat(status(node, sessions.get(0), "GET /api/1/me")).isEqualTo(200);

        String last = session(signIn(node, token.secret()));

        assertThat(status(node, last, "GET /api/1/me")).isEqualTo(200);
        assertThat(number("select count(*) from variate.console_session where token = " + token.id()))
                .isEqualTo(20);
        assertThat(sessions.stream().filter(each -> status(node, each, "GET /api/1/me") == 401))
                .hasSize(1);
    }

    // Attacks

    @Test
    void aCookieWithoutTheHeaderIsIgnored() {
        String session = session(signIn(node, RunningNode.TOKEN));

        for (String request : List.of("GET /api/1/tokens", "POST /api/1/tokens", "DELETE /api/1/session")) {
            assertThat(send(node, request, "Cookie", NAME + "=" + session).statusCode())
                    .as(request)
                    .isEqualTo(401);
        }
        assertThat(send(node, "GET /api/1/me", COUNTS, "0", "Cookie", NAME + "=" + session)
                        .statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
    void aFormOfAnotherSiteCannotUseTheCookie(String type) {
        String session = session(signIn(node, RunningNode.TOKEN));

        HttpResponse<String> forged = send(
                node,
                "POST /api/1/tokens",
                "{\"name\": \"forged\", \"role\": \"admin\"}",
                "Content-Type",
                type,
                "Cookie",
                NAME + "=" + session);

        assertThat(forged.statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "none", "invented"})
    void aRequestThatTheBrowserAttributesToAnotherOriginCannotUseTheCookie(String site) {
        String session = session(signIn(node, RunningNode.TOKEN));

        assertThat(send(node, "GET /api/1/me", COUNTS, "1", "Cookie", NAME + "=" + session, "Sec-Fetch-Site", site)
                        .statusCode())
                .isEqualTo(401);
        assertThat(send(
                                node,
                                "GET /api/1/me",
                                COUNTS,
                                "1",
                                "Cookie",
                                NAME + "=" + session,
                                "Sec-Fetch-Site",
                                "same-origin")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"https://cms.example", "https://attacker.example"})
    void noOriginMayUseTheCookie(String origin) {
        HttpResponse<String> preflight = send(
                other,
                "OPTIONS /api/1/tokens",
                "Origin",
                origin,
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "x-variate-console");
        HttpResponse<String> answer = send(other, "GET /api/1/me", "Origin", origin);

        assertThat(String.join(",", preflight.headers().allValues("Access-Control-Allow-Headers")))
                .doesNotContainIgnoringCase("x-variate-console");
        for (HttpResponse<String> each : List.of(preflight, answer)) {
            assertThat(each.headers().firstValue("Access-Control-Allow-Credentials"))
                    .isEmpty();
        }
    }

    @Test
    void aClientCannotChooseTheIdOfItsSession() {
        HttpResponse<String> opened = send(
                node,
                "POST /api/1/session",
                COUNTS,
                "1",
                "Authorization",
                "Bearer " + RunningNode.TOKEN,
                "Cookie",
                NAME + "=" + INVENTED);

        assertThat(session(opened)).isNotEqualTo(INVENTED);
        assertThat(status(node, INVENTED, "GET /api/1/me")).isEqualTo(401);
    }

    @Test
    void signingInAgainReplacesTheSession() {
        String first = session(signIn(node, token("viewer", "").secret()));

        String second = session(send(
                node,
                "POST /api/1/session",
                COUNTS,
                "1",
                "Authorization",
                "Bearer " + RunningNode.TOKEN,
                "Cookie",
                NAME + "=" + first));

        assertThat(second).isNotEqualTo(first);
        assertThat(status(node, first, "GET /api/1/me")).isEqualTo(401);
        assertThat(status(node, second, "GET /api/1/me")).isEqualTo(200);
    }

    @Test
    void aSessionCannotOpenAnother() {
        String session = session(signIn(node, RunningNode.TOKEN));

        assertThat(status(node, session, "POST /api/1/session")).isEqualTo(401);
    }

    @Test
    void authorizationHasPrecedenceOverTheCookie() {
        String session = session(signIn(node, RunningNode.TOKEN));
        String viewer = token("viewer", "").secret();

        assertThat(withBoth(session, "Bearer " + viewer, "GET /api/1/tokens").statusCode())
                .isEqualTo(403);
        assertThat(withBoth(session, "Bearer wrong", "GET /api/1/me").statusCode())
                .isEqualTo(401);
        assertThat(withBoth(session, "Basic eDp5", "GET /api/1/me").statusCode())
                .isEqualTo(401);
    }

    private static HttpResponse<String> withBoth(String session, String authorization, String request) {
        return send(node, request, COUNTS, "1", "Authorization", authorization, "Cookie", NAME + "=" + session);
    }

    @Test
    void twoSessionCookiesAreRefused() {
        String session = session(signIn(node, RunningNode.TOKEN));

        for (String cookies : List.of(
                NAME + "=" + session + "; " + NAME + "=" + INVENTED,
                NAME + "=" + session + "; " + NAME + "=" + session)) {
            assertThat(send(node, "GET /api/1/me", COUNTS, "1", "Cookie", cookies)
                            .statusCode())
                    .isEqualTo(401);
        }
        assertThat(send(node, "GET /api/1/me", COUNTS, "1", "Cookie", "a=b; " + NAME + "=" + session + ";c=d")
                        .statusCode())
                .as("with cookies of other names")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "../../etc", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void unknownAndMalformedIdsAreRefused(String id) {
        assertThat(status(node, id, "GET /api/1/me")).isEqualTo(401);
    }

    @Test
    void guessesCostNoQueryEach() {
        double before = queries();
        for (int i = 0; i < 200; i++) {
            assertThat(status(node, INVENTED.substring(3) + String.format("%03d", i), "GET /api/1/me"))
                    .isEqualTo(401);
        }

        assertThat(queries() - before).isLessThan(100);
    }

    private static double queries() {
        return node.metric("variate_postgres_queries_total", "outcome=\"ok\",query=\"sessions\"")
                + node.metric("variate_postgres_queries_total", "query=\"sessions\",outcome=\"ok\"");
    }

    @Test
    void theDatabaseAndTheLogHaveNoIds() throws Exception {
        try (LogLines all = LogLines.ofAll()) {
            NewToken token = token("viewer", "");
            String session = session(signIn(node, token.secret()));
            status(node, session, "PUT /api/1/ruleset");
            status(node, session, "DELETE /api/1/session");
            status(node, session, "DELETE /api/1/tokens/1");
            session = session(signIn(node, token.secret()));

            Await.until("the requests are logged", () -> all.all().stream()
                    .anyMatch(line -> line.contains("path=/api/1/session status=204 token=" + token.name())));
            assertThat(String.join("\n", all.all())).doesNotContain(session, token.secret());
            assertThat(table()).isNotEmpty().doesNotContain(session);
        }
    }

    // Requests

    private static NewToken token(String role, String fields) {
        String name = "s" + NAMES.incrementAndGet();
        HttpResponse<String> created = node.admin(
                "POST", "/api/1/tokens", "{\"name\": \"" + name + "\", \"role\": \"" + role + "\"" + fields + "}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        JsonObject token = new JsonObject(created.body());
        return new NewToken(token.getString("id"), name, token.getString("token"));
    }

    private static HttpResponse<String> signIn(RunningNode at, String token, String... headers) {
        return send(
                at,
                "POST /api/1/session",
                Stream.concat(Stream.of(COUNTS, "1", "Authorization", "Bearer " + token), Arrays.stream(headers))
                        .toArray(String[]::new));
    }

    private static String cookie(HttpResponse<String> answer) {
        assertThat(answer.headers().allValues("Set-Cookie")).as(answer.body()).hasSize(1);
        return answer.headers().allValues("Set-Cookie").get(0);
    }

    private static String session(HttpResponse<String> answer) {
        String cookie = cookie(answer);
        return cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
    }

    private static JsonObject me(RunningNode at, String session) {
        HttpResponse<String> answer = request(at, session, "GET /api/1/me");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static int status(RunningNode at, String session, String request) {
        return request(at, session, request).statusCode();
    }

    private static HttpResponse<String> request(RunningNode at, String session, String request) {
        return send(at, request, COUNTS, "1", "Cookie", NAME + "=" + session);
    }

    /** @param rest the body, if the number is odd, and headers */
    private static HttpResponse<String> send(RunningNode at, String request, String... rest) {
        int space = request.indexOf(' ');
        boolean hasBody = rest.length % 2 == 1;
        return at.send(
                request.substring(0, space),
                at.adminPort(),
                request.substring(space + 1),
                hasBody ? rest[0] : "",
                hasBody ? Arrays.copyOfRange(rest, 1, rest.length) : rest);
    }

    // Database

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres");
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return found.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String table() throws SQLException {
        StringBuilder rows = new StringBuilder();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("select console_session::text from variate.console_session")) {
            while (found.next()) {
                rows.append(found.getString(1)).append('\n');
            }
        }
        return rows.toString();
    }
}
