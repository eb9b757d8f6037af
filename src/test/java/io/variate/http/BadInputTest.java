package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid and unusual requests: each gets the right 4xx, or is read as the standard requires. */
@Timeout(60)
class BadInputTest {
    private static final String HEADERS = "Host: x\r\nAuthorization: Api-Key server-all\r\n";
    private static final String GOOD = "GET /v1/vardata?flag_keys=parent HTTP/1.1\r\n" + HEADERS + "\r\n";
    private static final String GOOD_BODY = "{\"parent\":{\"key\":\"yes\",\"value\":\"yes\"}}";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                SampleRuleset.revision(7), Map.of("VARIATE_HTTP_IDLE_TIMEOUT", "1s", "VARIATE_HTTP_INSTANCES", "1"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void stillAnswersAValidRequest() throws IOException {
        Answer answer = RawConnection.exchange(node.httpPort(), GOOD);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(GOOD_BODY);
    }

    // Parameters

    @ParameterizedTest
    @CsvSource({
        "user_id=%, user_id",
        "user_id=%4, user_id",
        "user_id=%zz, user_id",
        "user_id=%-1, user_id",
        "user_id=a%00b, user_id",
        "device_id=%00, device_id",
        "device_id=%ff, device_id",
        "device_id=%c0%80, device_id",
        "device_id=%C0%AF, device_id",
        "user_id=%ED%A0%80, user_id",
        "user_id=%f0%9f%9a, user_id",
        "user_id=%f4%90%80%80, user_id",
        "user_id=\u00e9, user_id",
        "flag_keys=a%80, flag_keys",
        "context=%7b%ff%7d, context",
        "context=%7B%00%7D, context",
        "context=%7B%22a%22:%22%00%22%7D, context",
        "context={%22a%22:\u00e9}, context",
        "context=%7B%7D&context=%7B%22a%22:1%7D, context",
        "%ff=1, query",
        "ignored=%ff, ignored",
    })
    void namesTheInvalidParameter(String query, String path) throws IOException {
        Answer answer = send("GET", "/v1/vardata?" + query);

        assertError(answer, 400);
        assertThat(answer.error().getString("path")).isEqualTo(path);
        assertThat(answer.error().getString("message")).isNotBlank();
    }

    @Test
    void acceptsUnencodedUtf8Bytes() throws IOException {
        assertThat(send("GET", "/v1/vardata?flag_keys=unicode&user_id=J\u00c3\u00bcrgen%20\u00f0\u009f\u009a\u0080")
                        .body())
                .contains("unicode");
    }

    @Test
    void rejectsAContextNestedTooDeep() throws IOException {
        for (String context : new String[] {
            "%5B".repeat(10_000),
            "[".repeat(30_000),
            "{\"a\":".replace("\"", "%22").repeat(5_000),
            "{%22a%22:" + "[".repeat(10_000) + "]".repeat(10_000) + "}"
        }) {
            Answer answer = send("GET", "/v1/vardata?context=" + context);

            assertError(answer, 400);
            assertThat(answer.error().getString("code")).isEqualTo("invalid_context");
        }
    }

    @Test
    void acceptsLoneSurrogatesInTheContext() throws IOException {
        Answer answer = send(
                "GET",
                "/v1/vardata?flag_keys=parent&context={%22user_id%22:%22%5Cud800%22,%22%5Cudc00%22:%22%5Cu0000%22}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(GOOD_BODY);
    }

    @Test
    void acceptsThousandsOfFlagKeys() throws IOException {
        assertThat(send("GET", "/v1/vardata?flag_keys=parent" + ",x".repeat(30_000))
                        .body())
                .isEqualTo(GOOD_BODY);
        assertThat(send("GET", "/v1/vardata?flag_keys=parent" + "&a".repeat(30_000))
                        .body())
                .isEqualTo(GOOD_BODY);
    }

    // Sizes

    @ParameterizedTest
    @ValueSource(ints = {70_000, 100_000, 1_000_000, 20_000_000})
    void rejectsAUrlThatIsTooLong(int length) throws IOException {
        Answer answer = send("GET", "/v1/vardata?context=" + "x".repeat(length));

        assertError(answer, 414);
        assertThat(answer.error().getString("code")).isEqualTo("url_too_long");
        assertThat(answer.error().getString("path")).isEqualTo("url");
    }

    @Test
    void acceptsAUrlAtTheLimit() throws IOException {
        assertThat(send("GET", "/v1/vardata?flag_keys=parent&x=" + "x".repeat(65_000))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {82, 1_000, 20_000})
    void rejectsHeadersThatAreTooLarge(int kilobytes) throws IOException {
        String header = "X-Filler: " + "x".repeat(1_000) + "\r\n";
        Answer many = RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata HTTP/1.1\r\n" + HEADERS + header.repeat(kilobytes) + "\r\n");
        Answer one = RawConnection.exchange(
                node.httpPort(),
                "GET /v1/vardata HTTP/1.1\r\nX: " + "x".repeat(kilobytes * 1_000) + "\r\n" + HEADERS + "\r\n");

        assertError(many, 431);
        assertError(one, 431);
        assertThat(one.error().getString("code")).isEqualTo("headers_too_large");
    }

    /** A field costs more memory than its bytes, so a limit on bytes alone does not bound a head. */
    @ParameterizedTest
    @ValueSource(strings = {"a: b", "a:", "Cookie: a=b"})
    void rejectsMoreThanAThousandHeaderFields(String field) throws IOException {
        String line = field + "\r\n";
        Answer most = RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata HTTP/1.1\r\nHost: a\r\n" + line.repeat(999) + "\r\n");
        Answer more = RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata HTTP/1.1\r\nHost: a\r\n" + line.repeat(1000) + "\r\n");

        assertThat(most.status()).isEqualTo(401);
        assertError(more, 431);
        assertThat(more.error().getString("message")).contains("1000");
    }

    @Test
    void rejectsAVeryLongKey() throws IOException {
        Answer answer = RawConnection.exchange(
                node.httpPort(),
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key " + "k".repeat(60_000) + "\r\n\r\n");

        assertError(answer, 401);
        assertThat(answer.body()).doesNotContain("kkk");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Authorization:", "Authorization: ", "authorization: Api-Key", "Authorization: Api-Key \u00e9"})
    void rejectsAnAuthorizationWithoutKey(String header) throws IOException {
        Answer answer = RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n");

        assertError(answer, 401);
        assertThat(answer.header("WWW-Authenticate")).containsExactly("Api-Key");
    }

    // Methods and paths

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH", "TRACE", "BREW", "get", "A-B_c.1"})
    void namesTheAllowedMethods(String method) throws IOException {
        Answer answer = send(method, "/v1/vardata");

        assertError(answer, 405);
        assertThat(answer.header("Allow")).containsExactly("GET, HEAD, POST");
        assertThat(answer.error().getString("code")).isEqualTo("method_not_allowed");
    }

    @Test
    void answersHeadWithoutABody() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("HEAD /v1/vardata HTTP/1.1\r\n" + HEADERS + "\r\n" + GOOD);

            Answer head = connection.readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isNotEmpty();
            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1",
                "/v1/",
                "/v2/vardata",
                "/V1/vardata",
                "/v1/vardata/x",
                "/v1/vardata;x=1",
                "/v1%2fvardata",
                "/v1%2Fvardata",
                "/v1/vardata%2f",
                "/v1/vardata%00",
                "/v1/vardata%0d%0aX-Evil:1",
                "/v1/vardata/..",
                "/v1/vardata#x",
                "v1/vardata",
                "*",
                "\\v1\\vardata",
                "/v1/vard\u00e4ta",
                "/%ff",
                "/metrics",
                "/api/1/ruleset",
                "/%c0%ae/v1/vardata",
                "//",
                "http://",
                "x:443",
            })
    void answers404OnUnknownPaths(String target) throws IOException {
        Answer answer = send("GET", target);

        assertError(answer, 404);
        assertThat(answer.error().getString("code")).isEqualTo("not_found");
        assertThat(answer.header("X-Evil")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//v1/vardata",
                "/v1//vardata",
                "///v1///vardata",
                "/v1/vardata/",
                "/v1/./vardata",
                "/x/../v1/vardata",
                "/v1/%76ardata",
                "http://x/v1/vardata",
                "http://elsewhere:99/v1/vardata",
                "/../v1/vardata",
            })
    void normalizesPaths(String target) throws IOException {
        Answer answer = send("GET", target + "?flag_keys=parent");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(GOOD_BODY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/vardata%", "/v1/vardata%zz", "/%", "?", "?user_id=x"})
    void rejectsPathsThatCannotBeDecoded(String target) throws IOException {
        assertError(send("GET", target), 400);
    }

    @Test
    void answersConnectAndAsterisk() throws IOException {
        assertError(send("CONNECT", "example.com:443"), 404);
        Answer server = send("OPTIONS", "*");
        assertThat(server.status()).isEqualTo(204);
        assertThat(server.header("Allow")).containsExactly("GET, HEAD, POST, OPTIONS");
    }

    @Test
    void rejectsARequestWithoutHost() throws IOException {
        Answer answer = RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata HTTP/1.1\r\nAuthorization: Api-Key server-all\r\n\r\n");

        assertError(answer, 400);
        assertThat(answer.error().getString("message")).contains("Host");
    }

    @Test
    void servesHttp10() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("GET /v1/vardata?flag_keys=parent HTTP/1.0\r\nAuthorization: Api-Key server-all\r\n\r\n");

            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
            assertThat(connection.isHungUp()).isTrue();
        }
    }

    // Invalid HTTP

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "\0\1\2\3\u00ff\r\n\r\n",
                "GET /v1/vardata\r\n\r\n",
                "GET\r\n\r\n",
                "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /v1/vardata?user_id=a b HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /v1/vardata HTTP/one\r\nHost: x\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\nHost: x\n\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nA: b\rX: c\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nContent-Length: one\r\n\r\n",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "<html>\r\n\r\n",
            })
    void rejectsInvalidHttpAndClosesTheConnection(String request) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(request);

            Answer answer = connection.read();
            assertError(answer, 400);
            assertThat(answer.header("Connection")).containsExactly("close");
            assertThat(connection.isHungUp()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/0.9", "HTTP/3.0", "HTTP/9.9"})
    void closesTheConnectionAfterAnUnsupportedVersion(String version) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("GET /v1/vardata " + version + "\r\n" + HEADERS + "\r\n");

            Answer answer = connection.read();
            assertError(answer, 400);
            assertThat(answer.error().getString("code")).isEqualTo("unsupported_version");
            assertThat(connection.isHungUp()).isTrue();
        }
    }

    @Test
    void closesTheConnectionAfterAnInvalidChunk() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(
                    "GET /v1/vardata HTTP/1.1\r\n" + HEADERS + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD);

            assertThat(neverTwoAnswers(connection)).isTrue();
        }
    }

    /** Whether the server closes after one answer at most: bytes after a broken body must not be read as a request. */
    private static boolean neverTwoAnswers(RawConnection connection) throws IOException {
        try {
            connection.read();
        } catch (EOFException e) {
            return true;
        }
        return connection.isHungUp();
    }

    // Connections

    @Test
    void answersPipelinedRequestsInOrder() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append(i % 2 == 0 ? GOOD : "GET /" + i + " HTTP/1.1\r\n" + HEADERS + "\r\n");
            }
            connection.send(requests.toString());

            for (int i = 0; i < 50; i++) {
                assertThat(connection.read().status()).isEqualTo(i % 2 == 0 ? 200 : 404);
            }
        }
    }

    @Test
    void keepsTheConnectionThroughErrors() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            for (String target : new String[] {
                "/v1/vardata?context=x",
                "/v1/vardata?user_id=%00",
                "/nowhere",
                "/v1/vardata%",
                "?",
                "/v1/vardata?user_id=%ff"
            }) {
                connection.send("GET " + target + " HTTP/1.1\r\n" + HEADERS + "\r\n");
                assertThat(connection.read().status()).isBetween(400, 404);
            }
            connection.send("POST /v1/vardata HTTP/1.1\r\n" + HEADERS + "Content-Length: 5\r\n\r\nhello");
            assertThat(connection.read().status()).isEqualTo(400);
            connection.send(GOOD);
            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3;name=value\r\nabc\r\n0\r\n\r\n",
                "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
                "Content-Length: 0\r\n\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                "X-Same: 1\r\nX-Same: 2\r\nX-Same: 1\r\n\r\n",
            })
    void ignoresTheBodyOfAGet(String rest) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("GET /v1/vardata?flag_keys=parent HTTP/1.1\r\n" + HEADERS + rest + GOOD);

            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
            assertThat(connection.read().body()).as("the next request").isEqualTo(GOOD_BODY);
        }
    }

    @Test
    void answersARequestThatArrivesByteByByte() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            for (int i = 0; i < GOOD.length(); i++) {
                connection.send(GOOD.substring(i, i + 1));
            }
            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "G",
                "GET /v1/vardata HTTP/1.1\r\nHost: x\r\n",
                "\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc",
                "POST /v1/vardata HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
            })
    @Execution(ExecutionMode.CONCURRENT)
    void closesTheConnectionOfASilentClient(String begun) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(begun);

            assertThat(neverTwoAnswers(connection)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /v1/var", "GET /v1/vardata HTTP/1.1\r\nHost: x\r\n"})
    void closesTheConnectionOfAClientThatStopsSending(String begun) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(begun);
            connection.finishSending();

            assertThat(neverTwoAnswers(connection)).isTrue();
        }
    }

    @Test
    void survivesClientsThatDisconnectAtOnce() throws IOException {
        for (int i = 0; i < 200; i++) {
            try (RawConnection connection = RawConnection.to(node.httpPort())) {
                connection.send(i % 2 == 0 ? GOOD : GOOD.substring(0, i % GOOD.length()));
            }
        }
    }

    private static Answer send(String method, String target) throws IOException {
        return RawConnection.exchange(node.httpPort(), method + " " + target + " HTTP/1.1\r\n" + HEADERS + "\r\n");
    }

    private static void assertError(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).containsExactly("application/json; charset=utf-8");
        assertThat(answer.header("Cache-Control")).containsExactly("no-store");
        assertThat(answer.error().getString("code")).isNotBlank();
        assertThat(answer.error().getString("message")).isNotBlank();
        assertThat(answer.body()).doesNotContain("server-all", "Exception", "io.vertx");
    }
}
