package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid headers and bodies on SDK paths: a 4xx that names the part, then the connection closes or stays usable. */
@Timeout(60)
class SdkBadInputTest {
    private static final String HEADERS = "Host: x\r\nAuthorization: Api-Key server-all\r\n";
    private static final String GOOD = "GET /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + "X-Amp-Exp-Flag-Keys: "
            + base64("[\"parent\"]") + "\r\n\r\n";
    private static final String GOOD_BODY = "{\"parent\":{\"key\":\"yes\",\"value\":\"yes\"}}";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                SampleRuleset.revision(7),
                Map.of(
                        "VARIATE_HTTP_IDLE_TIMEOUT", "1s",
                        "VARIATE_HTTP_INSTANCES", "1",
                        "VARIATE_HTTP_MAX_BODY_SIZE", "10000"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void stillAnswersAValidRequest() throws IOException {
        assertThat(RawConnection.exchange(node.httpPort(), GOOD).body()).isEqualTo(GOOD_BODY);
    }

    // Headers

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "Y",
                "YWJjY",
                "{}",
                "%7B%7D",
                "e30=e30=",
                "e30,e30",
                "\u00e9\u00e9\u00e9\u00e9",
                "/w==",
                "7aCA",
                "\u00c3\u00bc",
            })
    void namesTheHeaderThatIsNotBase64(String value) throws IOException {
        for (String header : new String[] {"X-Amp-Exp-User", "X-Amp-Exp-Flag-Keys"}) {
            Answer answer = get(header + ": " + value);

            assertError(answer, 400, "invalid_encoding", header);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{}]",
                "1",
                "\"text\"",
                "null",
                "true",
                "{",
                "{} {}",
                "{'a':1}",
                "{\"a\":1,}",
                "\ufeff{}",
                " ",
                "x",
                "\u0000",
                "{\"a\":\"\u0000\"}",
            })
    void rejectsAUserThatIsNotAJsonObject(String user) throws IOException {
        assertError(get("X-Amp-Exp-User: " + base64(user)), 400, "invalid_context", "X-Amp-Exp-User");
        assertError(post("/sdk/v2/vardata", user), 400, "invalid_context", "body");
        assertError(post("/sdk/vardata", user), 400, "invalid_context", "body");
        assertError(post("/v1/vardata?user_id=u", user), 400, "invalid_context", "body");
    }

    @Test
    void rejectsAUserNestedTooDeep() throws IOException {
        for (String user : new String[] {"[".repeat(9_000), "{\"a\":".repeat(1_600), "{\"a\":" + "[".repeat(4_000)}) {
            assertError(get("X-Amp-Exp-User: " + base64(user)), 400, "invalid_context", "X-Amp-Exp-User");
            assertError(post("/sdk/v2/vardata", user), 400, "invalid_context", "body");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"parent\":true}",
                "\"parent\"",
                "parent",
                "1",
                "null",
                "[1]",
                "[null]",
                "[[\"parent\"]]",
                "[\"parent\"",
                "[\"parent\",]",
                "[\"parent\"] x",
                "[{}]",
                "[true,\"parent\"]",
                " ",
                "\u0000",
            })
    void rejectsFlagKeysThatAreNotAnArrayOfStrings(String keys) throws IOException {
        for (String path : new String[] {"/sdk/v2/vardata", "/v1/vardata"}) {
            Answer answer = RawConnection.exchange(
                    node.httpPort(),
                    "GET " + path + " HTTP/1.1\r\n" + HEADERS + "X-Amp-Exp-Flag-Keys: " + base64(keys) + "\r\n\r\n");

            assertError(answer, 400, "invalid_parameter", "X-Amp-Exp-Flag-Keys");
        }
    }

    @Test
    void rejectsFlagKeysNestedTooDeep() throws IOException {
        assertError(
                get("X-Amp-Exp-Flag-Keys: " + base64("[".repeat(20_000))),
                400,
                "invalid_parameter",
                "X-Amp-Exp-Flag-Keys");
    }

    @Test
    void acceptsARepeatedHeaderOnlyWithTheSameValue() throws IOException {
        String keys = "X-Amp-Exp-Flag-Keys: " + base64("[\"parent\"]") + "\r\n";
        String library = "X-Amp-Exp-Library: a/1\r\nX-Amp-Exp-Library: b/2";

        assertThat(get(keys + keys + library).body()).isEqualTo(GOOD_BODY);
        assertError(
                get(keys + "X-Amp-Exp-Flag-Keys: " + base64("[]")), 400, "repeated_parameter", "X-Amp-Exp-Flag-Keys");
        assertError(
                get("X-Amp-Exp-User: e30\r\nX-Amp-Exp-User: " + base64("{\"user_id\":\"u\"}")),
                400,
                "repeated_parameter",
                "X-Amp-Exp-User");
    }

    @Test
    void acceptsThousandsOfFlagKeys() throws IOException {
        String keys = "[\"parent\"" + ",\"x\"".repeat(11_000) + "]";

        assertThat(get("X-Amp-Exp-Flag-Keys: " + base64(keys)).body()).isEqualTo(GOOD_BODY);
    }

    @ParameterizedTest
    @ValueSource(ints = {90_000, 1_000_000})
    void rejectsAUserThatIsTooLargeForHeaders(int length) throws IOException {
        assertError(get("X-Amp-Exp-User: " + "e".repeat(length)), 431, "headers_too_large", "headers");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Amp-Exp-User: e30\rX-Evil: 1",
                "X-Amp-Exp-User: e30\u0000",
                "X-Amp-Exp-User: e30\n\u0000",
                "X-Amp-Exp-\u0000User: e30",
                "X-Amp-Exp-User : e30",
            })
    void rejectsLineBreaksInHeaders(String header) throws IOException {
        Answer answer = get(header);

        assertError(answer, 400, "bad_request", null);
        assertThat(answer.header("X-Evil")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"user_id\":\"a\\r\\nX-Evil: 1\"}", "{\"\\r\\nX-Evil\":1,\"user_id\":\"\\u0000\"}"})
    void neverReflectsAUserInHeaders(String user) throws IOException {
        Answer answer = get("X-Amp-Exp-User: " + base64(user));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("X-Evil")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer server-all",
        "Basic c2VydmVyLWFsbDpzZWNyZXQ=",
        "Api-Key client-unknown",
        "Api-Key server-eu",
        "Api-Key",
    })
    void rejectsAnInvalidKeyBeforeReadingTheBody(String authorization) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /sdk/v2/vardata HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization
                    + "\r\nContent-Length: 2\r\n\r\n[]" + GOOD);

            assertError(connection.read(), 401, "unauthorized", "Authorization");
            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
        }
    }

    // Bodies

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "multipart/form-data; boundary=x",
                "text/plain; charset=utf-16",
                "nonsense",
                "",
            })
    void readsABodyOfAnyContentType(String type) throws IOException {
        String body = "{\"user_id\":\"query\"}";
        Answer answer = RawConnection.exchange(
                node.httpPort(),
                "POST /v1/vardata?flag_keys=user HTTP/1.1\r\n" + HEADERS + "Content-Type: " + type
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer.body()).isEqualTo("{\"user\":{\"key\":\"query\"}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "Content-Length: 0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length: 2\r\n\r\n{}",
                "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
            })
    void answersABodyOfAnyLengthAndTheNextRequest(String rest) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /v1/vardata?flag_keys=parent HTTP/1.1\r\n" + HEADERS + rest + GOOD);

            Answer answer = connection.read();
            if (answer.status() == 100) {
                answer = connection.read();
            }
            assertThat(answer.body()).isEqualTo(GOOD_BODY);
            assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
        }
    }

    @Test
    void answersExpectWith100Continue() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /v1/vardata?flag_keys=user HTTP/1.1\r\n" + HEADERS
                    + "Expect: 100-continue\r\nContent-Length: 19\r\n\r\n");
            assertThat(connection.read().status()).isEqualTo(100);
            connection.send("{\"user_id\":\"query\"}");

            assertThat(connection.read().body()).isEqualTo("{\"user\":{\"key\":\"query\"}}");
        }
    }

    @Test
    void rejectsAnAnnouncedBodyThatIsTooLarge() throws IOException {
        assertError(postHead("Expect: 100-continue\r\nContent-Length: 10001\r\n\r\n"), 413, "body_too_large", "body");
        assertError(
                postHead("Expect: the-impossible\r\nContent-Length: 2\r\n\r\n{}"), 417, "expectation_failed", "Expect");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 99999999999999999999\r\n\r\n",
                "Content-Length: 10001\r\n\r\n",
                "Content-Length: 2147483648\r\n\r\n",
            })
    void rejectsABodyThatWillBeTooLarge(String rest) throws IOException {
        Answer answer = postHead(rest);

        assertThat(answer.status()).isIn(400, 413);
        assertThat(answer.error().getString("code")).isIn("body_too_large", "bad_request");
    }

    @ParameterizedTest
    @ValueSource(ints = {10_001, 100_000, 3_000_000})
    void rejectsABodyThatIsTooLarge(int length) throws IOException {
        String plain = "Content-Length: " + length + "\r\n\r\n" + "x".repeat(length);
        String chunk = "400\r\n" + "x".repeat(0x400) + "\r\n";
        String chunked = "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(length / 0x400 + 1) + "0\r\n\r\n";
        for (String rest : new String[] {plain, chunked}) {
            try (RawConnection connection = RawConnection.to(node.httpPort())) {
                connection.send("POST /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + rest);
                assertError(connection.read(), 413, "body_too_large", "body");

                connection.send(GOOD);
                assertThat(connection.read().body()).isEqualTo(GOOD_BODY);
            }
        }
    }

    @Test
    void acceptsABodyAtTheLimit() throws IOException {
        String user = "{\"a\":\"" + "x".repeat(9_992) + "\"}";

        assertThat(user).hasSize(10_000);
        assertThat(post("/sdk/v2/vardata", user).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "{\"a\":\"\u00ed\u00a0\u0080\"}", "{\"a\":\"\u00c0\u0080\"}", "{\"\u00e9\":1}"})
    void rejectsABodyThatIsNotUtf8(String bytes) throws IOException {
        Answer answer = postHead("Content-Length: " + bytes.length() + "\r\n\r\n" + bytes);

        assertError(answer, 400, "invalid_encoding", "body");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
                "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                "Content-Length: +2\r\n\r\n{}",
                "Content-Length: 2x\r\n\r\n{}",
                "Content-Length: 50\r\n\r\n{}",
                "Content-Length: 1\r\n\r\n{}",
            })
    void neverParsesABrokenBodyAsAnotherRequest(String rest) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + rest);
            for (Answer answer = next(connection); answer.status() != 0; answer = next(connection)) {
                assertThat(answer.status()).isBetween(400, 499);
                assertThat(answer.error().getString("code")).isNotBlank();
            }
        }
    }

    /** The next answer, or one of status 0 once the server has hung up. */
    private static Answer next(RawConnection connection) throws IOException {
        try {
            return connection.read();
        } catch (EOFException | SocketException e) {
            return new Answer(0, List.of(), "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}"})
    void answersOrDisconnectsAClientThatStopsSending(String sent) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + "Content-Length: 10\r\n\r\n" + sent);
            connection.finishSending();

            assertThat(next(connection).status()).isIn(0, 400);
        }
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send(GOOD);
            connection.finishSending();

            assertThat(next(connection).status()).isIn(0, 200);
        }
    }

    private static Answer get(String headers) throws IOException {
        return RawConnection.exchange(
                node.httpPort(), "GET /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + headers + "\r\n\r\n");
    }

    private static Answer post(String path, String body) throws IOException {
        String bytes = latin1OfUtf8(body);
        return RawConnection.exchange(
                node.httpPort(),
                "POST " + path + " HTTP/1.1\r\n" + HEADERS + "Content-Length: " + bytes.length() + "\r\n\r\n" + bytes);
    }

    private static Answer postHead(String rest) throws IOException {
        return RawConnection.exchange(node.httpPort(), "POST /sdk/v2/vardata HTTP/1.1\r\n" + HEADERS + rest);
    }

    private static String latin1OfUtf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertError(Answer answer, int status, String code, @Nullable String path) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).containsExactly("application/json; charset=utf-8");
        assertThat(answer.error().getString("code")).isEqualTo(code);
        assertThat(answer.error().getString("path")).isEqualTo(path);
        assertThat(answer.error().getString("message")).isNotBlank();
        assertThat(answer.body()).doesNotContain("server-all", "Exception", "io.vertx");
    }
}
