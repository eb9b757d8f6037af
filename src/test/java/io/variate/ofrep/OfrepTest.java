package io.variate.ofrep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials, entity tags and failures of the protocol. */
class OfrepTest {
    private static final String NOBODY = "{\"context\": {}}";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static Provider provider;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                OfrepRuleset.revision(7),
                Map.of("VARIATE_HTTP_MAX_BODY_SIZE", "20000", "VARIATE_HTTP_COMPRESS_FROM", "1000"));
        provider = new Provider(node, "Authorization", "Bearer server-key");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    // Credentials

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer server-key",
        "Authorization, bearer  server-key",
        "authorization, Api-Key server-key",
        "X-API-Key, server-key",
        "x-api-key, client-key",
    })
    void acceptsTheKeyInEveryFormOfProviders(String header, String value) {
        assertThat(new Provider(node, header, value).one("switch", NOBODY).statusCode())
                .isEqualTo(200);
        assertThat(new Provider(node, header, value).all(NOBODY).statusCode()).isEqualTo(200);
    }

    @Test
    void acceptsTheSameKeyInTwoHeaders() {
        assertThat(new Provider(node, "Authorization", "Bearer server-key", "X-API-Key", "server-key")
                        .all(NOBODY)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer unknown",
        "Authorization, Bearer eu-key",
        "Authorization, Bearer",
        "Authorization, Basic server-key",
        "Authorization, server-key",
        "X-API-Key, unknown",
        "X-Other, server-key",
    })
    void rejectsOtherCredentials(String header, String value) {
        HttpResponse<String> answer = new Provider(node, header, value).one("switch", NOBODY);

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(errorCode(answer)).isEqualTo("GENERAL");
        assertThat(answer.body()).doesNotContain("server-key");
        assertThat(new Provider(node, header, value).all(NOBODY).statusCode()).isEqualTo(401);
    }

    @Test
    void rejectsTwoKeys() {
        assertThat(new Provider(node, "Authorization", "Bearer server-key", "X-API-Key", "client-key")
                        .all(NOBODY)
                        .statusCode())
                .isEqualTo(401);
    }

    // Flags

    @Test
    void returnsOnlyFlagsOfTheDeployment() {
        Provider client = new Provider(node, "X-API-Key", "client-key");

        assertThat(keys(client.all(NOBODY))).containsExactlyInAnyOrder("switch", "child");
        assertThat(client.one("child", NOBODY).body()).contains("\"variant\":\"yes\"");
        assertThat(client.one("text", NOBODY).statusCode()).isEqualTo(404);
        assertThat(keys(new Provider(node, "X-API-Key", "empty-key").all(NOBODY)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "parent", "Switch", "switch,text", " "})
    void answers404ForAnUnknownFlagOrOneThatIsNotDeployed(String key) {
        HttpResponse<String> answer = provider.one(key, NOBODY);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(errorCode(answer)).isEqualTo("FLAG_NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ofrep/v1/evaluate/flags/",
                "/ofrep/v1/evaluate/flags//",
                "/ofrep//v1/evaluate/flags/?flagConfigEtag=7",
                "/ofrep/v1/evaluate/flags/./"
            })
    void answers404ForAnEmptyKey(String path) {
        HttpResponse<String> answer = provider.post(path, NOBODY);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(errorCode(answer)).isEqualTo("FLAG_NOT_FOUND");
        assertThat(new JsonObject(answer.body()).getString("key")).isEmpty();
        assertThat(new Provider(node, "X-API-Key", "unknown").post(path, NOBODY).statusCode())
                .isEqualTo(401);
    }

    @Test
    void returnsTheRevision() {
        assertThat(provider.all(NOBODY).headers().firstValue("X-Variate-Revision"))
                .hasValue("7");
        assertThat(provider.one("text", NOBODY).headers().firstValue("X-Variate-Revision"))
                .hasValue("7");
    }

    @Test
    void convertsManyFlagsOnAWorker() {
        try (RunningNode many = RunningNode.serving(OfrepRuleset.ofFlags(2_000), Map.of())) {
            List<String> keys = keys(new Provider(many, "X-API-Key", "server-key").all(NOBODY));

            assertThat(keys).hasSize(2_000).doesNotHaveDuplicates();
        }
    }

    // Tags

    @Test
    void answers304IfTheClientsCopyIsCurrent() {
        HttpResponse<String> first = provider.all(NOBODY);
        String tag = first.headers().firstValue("ETag").orElse("");

        HttpResponse<String> second = provider.all(NOBODY, "If-None-Match", tag);

        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.headers().firstValue("ETag")).hasValue(tag);
        assertThat(provider.all(NOBODY, "If-None-Match", tag.replace("W/", "")).statusCode())
                .isEqualTo(304);
        assertThat(provider.all(NOBODY, "If-None-Match", "\"other\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void theTagDependsOnTheResolutionsOnly() {
        String tag = provider.all(NOBODY).headers().firstValue("ETag").orElse("");

        assertThat(provider.all("{\"context\": {\"plan\": \"premium\"}}", "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(200);
        assertThat(provider.all("{\"context\": {\"irrelevant\": 1}}", "If-None-Match", tag)
                        .statusCode())
                .as("the same flags")
                .isEqualTo(304);
    }

    @Test
    void compressesALargeAnswerIfTheClientAcceptsGzip() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.httpPort() + "/ofrep/v1/evaluate/flags"))
                .headers("X-API-Key", "server-key", "Accept-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString(NOBODY))
                .build();

        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());

        assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
        HttpResponse<String> plain = provider.all(NOBODY);
        assertThat(answer.headers().firstValue("ETag"))
                .isEqualTo(plain.headers().firstValue("ETag"));
        assertThat(new GZIPInputStream(answer.body()))
                .hasBinaryContent(plain.body().getBytes(UTF_8));
    }

    @Test
    void allowsBothKeyHeadersForOtherOrigins() {
        HttpResponse<String> answer = node.send(
                "OPTIONS",
                node.httpPort(),
                "/ofrep/v1/evaluate/flags",
                "",
                "Origin",
                "https://shop.example",
                "Access-Control-Request-Method",
                "POST");

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("Authorization", "X-API-Key", "Content-Type", "If-None-Match");
    }

    // Invalid requests

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{}", "{\"context\": null}", "{\"other\": 1}", "{\"context\": {}, \"more\": []}"})
    void requiresNoContext(String body) {
        assertThat(provider.one("text", body).statusCode()).isEqualTo(200);
        assertThat(provider.all(body).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | PARSE_ERROR",
                "[] | PARSE_ERROR",
                "7 | PARSE_ERROR",
                "null | PARSE_ERROR",
                "{\"context\": {}} x | PARSE_ERROR",
                "{'context': {}} | PARSE_ERROR",
                "{\"context\": {\"a\": NaN}} | PARSE_ERROR",
                "{\"context\": []} | INVALID_CONTEXT",
                "{\"context\": \"u\"} | INVALID_CONTEXT",
                "{\"context\": {\"targetingKey\": 7}} | INVALID_CONTEXT",
                "{\"context\": {\"targetingKey\": {}}} | INVALID_CONTEXT",
                "{\"context\": {\"targetingKey\": \"a\\u0000b\"}} | INVALID_CONTEXT",
                "{\"context\": {\"user_properties\": []}} | INVALID_CONTEXT",
                "{\"context\": {\"user_properties\": \"x\"}} | INVALID_CONTEXT",
            })
    void rejectsAnInvalidBody(String body, String errorCode) {
        for (HttpResponse<String> answer : List.of(provider.one("text", body), provider.all(body))) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(errorCode(answer)).isEqualTo(errorCode);
        }
    }

    @Test
    void rejectsABodyNestedTooDeep() {
        HttpResponse<String> answer =
                provider.all("{\"context\": {\"a\": " + "[".repeat(9_000) + "]".repeat(9_000) + "}}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(errorCode(answer)).isEqualTo("PARSE_ERROR");
    }

    @Test
    void rejectsABodyThatIsTooLarge() {
        HttpResponse<String> answer = provider.all("{\"context\": {\"a\": \"" + "x".repeat(20_000) + "\"}}");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(errorCode(answer)).isEqualTo("GENERAL");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /ofrep/v1/evaluate/flags, POST,",
        "PUT, /ofrep/v1/evaluate/flags, POST,",
        "DELETE, /ofrep/v1/evaluate/flags/text, POST, text",
        "GET, /ofrep/v1/evaluate/flags/un/known, POST, un/known",
        "GET, /ofrep/v1/evaluate/flags/, POST, ''",
        "POST, /ofrep/v1/stream, GET,",
        "PATCH, /ofrep/v1/stream?channel=x, GET,",
    })
    void rejectsOtherMethodsInTheFormOfTheProtocol(String method, String path, String allowed, String key) {
        String target = path.replace("un/known", "un%2Fknown");
        HttpResponse<String> answer =
                node.send(method, node.httpPort(), target, "", "Authorization", "Bearer server-key");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue(allowed);
        assertThat(errorCode(answer)).isEqualTo("GENERAL");
        assertThat(new JsonObject(answer.body()).getString("key")).isEqualTo(key);
        assertThat(new JsonObject(answer.body()).getString("errorDetails")).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ofrep/v1/stream?since=%2g",
                "/ofrep/v1/stream?channel=%",
                "/ofrep/v1/stream?since%2=-1",
                "/ofrep/v1/stream?channel=a&x=%ff",
                "/ofrep/v1/evaluate/flags?flagConfigEtag=%zz",
                "/./ofrep/v1/stream?channel=%2",
                "/%6ffrep/v1/evaluate/flags?x=%c0%af",
                "/v1/../ofrep/v1/evaluate/flags/a?x=%ed%a0%80",
            })
    void rejectsAMalformedQueryInTheFormOfTheProtocol(String target) throws IOException {
        String method = target.contains("stream") ? "GET " : "POST ";
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(), method + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer server-key\r\n\r\n");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("errorCode")).isEqualTo("PARSE_ERROR");
    }

    @ParameterizedTest
    @CsvSource({"a?x=%zz, a", "a%2Fb?x=%zz, a/b", "%zz, %zz", "%ff?x=%zz, %ff", "?x=%ff, ''"})
    void namesTheFlagOfAMalformedRequest(String rest, String key) throws IOException {
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(), "POST /ofrep/v1/evaluate/flags/" + rest + " HTTP/1.1\r\nHost: x\r\n\r\n");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("key")).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ofrep/v1/eva%luate/flags",
                "/ofrep/v1/evaluate/flags/a/b?x=%zz",
                "/ofrep/v1/streams?x=%",
                "/ofrep/?x=%ff"
            })
    void doesNotChangeErrorsOfOtherPaths(String target) throws IOException {
        RawConnection.Answer answer =
                RawConnection.exchange(node.httpPort(), "POST " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("code")).isIn("bad_request", "invalid_encoding");
    }

    private static String errorCode(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getString("errorCode");
    }

    private static List<String> keys(HttpResponse<String> bulk) {
        return new JsonObject(bulk.body())
                .getJsonArray("flags").stream()
                        .map(flag -> ((JsonObject) flag).getString("key"))
                        .toList();
    }
}
