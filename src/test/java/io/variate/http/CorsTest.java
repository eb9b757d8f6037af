package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CORS headers of answers and preflights. */
class CorsTest {
    private static final String SHOP = "Origin: https://shop.example.com\r\n";
    private static final String AUTHORIZED = "Authorization: Api-Key server-all\r\n";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode open;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode closed;

    @BeforeAll
    static void start() {
        open = RunningNode.serving(SampleRuleset.revision(7), Map.of());
        closed = RunningNode.serving(
                SampleRuleset.revision(7),
                Map.of("VARIATE_HTTP_CORS_ORIGINS", "https://shop.example.com,https://admin.example.com"));
    }

    @AfterAll
    static void stop() {
        open.close();
        closed.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/vardata",
                "/v1/flags",
                "/sdk/vardata",
                "/sdk/v2/vardata?v=0",
                "/sdk/v2/flags",
                "//sdk/v2/flags",
                "/sdk/stream/v1/flags",
                "/ofrep/v1/evaluate/flags",
                "/ofrep/v1/evaluate/flags/a",
                "/2/httpapi",
                "/batch",
                "/openapi.json",
                "/nowhere",
            })
    void answersPreflightsWithoutAKey(String target) throws IOException {
        Answer answer = send(
                open,
                "OPTIONS",
                target,
                SHOP + "Access-Control-Request-Method: GET\r\n"
                        + "Access-Control-Request-Headers: authorization,x-amp-exp-user\r\n"
                        + "Access-Control-Request-Private-Network: true\r\n");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly("*");
        assertThat(answer.header("Access-Control-Allow-Methods")).containsExactly("GET, POST, OPTIONS");
        assertThat(answer.header("Access-Control-Max-Age")).containsExactly("86400");
        assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
        assertThat(answer.header("Access-Control-Allow-Private-Network")).isEmpty();
        assertThat(Stream.of(answer.header("Access-Control-Allow-Headers")
                                .get(0)
                                .split(", ", -1))
                        .map(name -> name.toLowerCase(Locale.ROOT)))
                .containsExactlyInAnyOrder(
                        "authorization",
                        "x-api-key",
                        "content-type",
                        "x-amp-exp-user",
                        "x-amp-exp-flag-keys",
                        "x-amp-exp-track",
                        "x-amp-exp-exposure-track",
                        "x-amp-exp-library",
                        "if-none-match",
                        "x-variate-min-revision");
    }

    @Test
    void allowsAnyRequestedHeader() throws IOException {
        for (RunningNode node : List.of(open, closed)) {
            List<String> allowed = allowedHeaders(node, "traceparent, baggage,SENTRY-trace ,x_1");

            assertThat(allowed).contains("traceparent", "baggage", "SENTRY-trace", "x_1", "Authorization");
        }
    }

    @Test
    void doesNotAllowInvalidHeaderNames() throws IOException {
        assertThat(allowedHeaders(open, "a b,c:d,,\u00e9,e;f, ,\"g\""))
                .hasSize(10)
                .doesNotContain("a", "c", "e", "");
        assertThat(allowedHeaders(open, "x-" + ",x".repeat(20_000))).hasSize(12);
    }

    @Test
    void allowsOnlyConfiguredHeaders() throws IOException {
        try (RunningNode some = RunningNode.serving(
                        SampleRuleset.revision(7), Map.of("VARIATE_HTTP_CORS_HEADERS", "traceparent,B3"));
                RunningNode none =
                        RunningNode.serving(SampleRuleset.revision(7), Map.of("VARIATE_HTTP_CORS_HEADERS", "none"))) {
            assertThat(allowedHeaders(some, "Traceparent,b3,baggage"))
                    .contains("Traceparent", "b3", "Content-Type")
                    .doesNotContain("baggage");
            assertThat(allowedHeaders(none, "traceparent,none")).hasSize(10).doesNotContain("traceparent", "none");
        }
    }

    private static List<String> allowedHeaders(RunningNode node, String asked) throws IOException {
        Answer answer =
                send(node, "OPTIONS", "/v1/vardata", SHOP + "Access-Control-Request-Headers: " + asked + "\r\n");
        return List.of(answer.header("Access-Control-Allow-Headers").get(0).split(", ", -1));
    }

    @Test
    void keepsTheConnectionAfterAPreflight() throws IOException {
        try (RawConnection connection = RawConnection.to(open.httpPort())) {
            for (int i = 0; i < 3; i++) {
                connection.send("OPTIONS /sdk/v2/vardata HTTP/1.1\r\nHost: x\r\n" + SHOP + "\r\n");
                assertThat(connection.read().status()).isEqualTo(204);
                connection.send("GET /sdk/v2/vardata HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + SHOP + "\r\n");
                assertThat(connection.read().status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/vardata, 200",
        "GET, /sdk/v2/vardata, 200",
        "GET, /v1/vardata?context=x, 400",
        "GET, /v1/vardata%, 400",
        "GET, /nowhere, 404",
        "PUT, /v1/vardata, 405",
        "POST, /v1/vardata, 413",
    })
    void everyOriginCanReadEveryAnswerByDefault(String method, String target, int status) throws IOException {
        String body = status == 413 ? "Content-Length: 5000000\r\n" : "";
        for (String origin : new String[] {SHOP, "Origin: null\r\n", ""}) {
            Answer answer = send(open, method, target, origin + AUTHORIZED + body);

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly("*");
            assertThat(answer.header("Access-Control-Expose-Headers"))
                    .containsExactly("ETag, X-Variate-Revision, Retry-After");
            assertThat(String.join(",", answer.header("Vary"))).doesNotContain("Origin");
        }
    }

    @Test
    void everyOriginCanReadErrors() throws IOException {
        assertMayRead(send(open, "GET", "/sdk/v2/vardata", SHOP), 401);
        assertMayRead(send(open, "GET", "/sdk/v2/vardata", SHOP + "Authorization: Api-Key nobody\r\n"), 401);
        assertMayRead(RawConnection.exchange(open.httpPort(), "GET /v1/vardata HTTP/1.1\r\n" + SHOP + "\r\n"), 400);
    }

    @Test
    void everyOriginCanReadTheErrorOfAnInvalidRequest() throws IOException {
        assertMayRead(send(open, "GET", "/v1/vardata?x=" + "x".repeat(100_000), SHOP), 414);
        assertMayRead(send(open, "GET", "/v1/vardata", SHOP + "X: " + "x".repeat(100_000) + "\r\n"), 431);
        assertMayRead(send(open, "GET", "/v1/vardata", SHOP + "no colon\r\n"), 400);
    }

    private static void assertMayRead(Answer answer, int status) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly("*");
    }

    @Test
    void everyOriginCanRead304() throws IOException {
        assertMayRead(send(open, "GET", "/v1/vardata", SHOP + AUTHORIZED + "If-None-Match: *\r\n"), 304);
    }

    // With a list of origins

    @ParameterizedTest
    @CsvSource({"OPTIONS, /sdk/v2/vardata, 204", "GET, /sdk/v2/vardata, 200", "GET, /v1/vardata, 200", "GET, /x, 404"})
    void namesAListedOrigin(String method, String target, int status) throws IOException {
        for (String origin : List.of("https://shop.example.com", "https://admin.example.com")) {
            Answer answer = send(closed, method, target, AUTHORIZED + "Origin: " + origin + "\r\n");

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Access-Control-Allow-Origin")).containsExactly(origin);
            assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
            assertThat(String.join(",", answer.header("Vary"))).endsWith("Origin");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: https://evil.example.com\r\n",
                "Origin: https://shop.example.com.evil.example\r\n",
                "Origin: http://shop.example.com\r\n",
                "Origin: https://shop.example.com:8443\r\n",
                "Origin: null\r\n",
                "Origin: *\r\n",
                "Origin:\r\n",
                "",
            })
    void answersUnlistedOriginsWithoutAllowingThem(String origin) throws IOException {
        for (String method : new String[] {"GET", "OPTIONS"}) {
            Answer answer = send(closed, method, "/v1/vardata", origin + AUTHORIZED);

            assertThat(answer.status()).isEqualTo(method.equals("GET") ? 200 : 204);
            assertThat(answer.headers())
                    .noneMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("access-control-"));
            assertThat(String.join(",", answer.header("Vary")))
                    .as("a cache must not serve it to an allowed origin")
                    .endsWith("Origin");
        }
    }

    private static Answer send(RunningNode node, String method, String target, String headers) throws IOException {
        return RawConnection.exchange(
                node.httpPort(), method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    }
}
