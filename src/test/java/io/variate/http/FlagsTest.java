package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagsTest {
    private static final String ALL = "server-all";
    private static final String V2 = "/sdk/v2/flags";
    private static final String V1 = "/v1/flags";

    private static final String DOCUMENT = """
            {"revision": 4,
             "deployments": [
              {"key": "server-all", "label": "all", "type": "server", "flags": ["*"]},
              {"key": "server-rules", "label": "edge", "type": "server", "flags": ["*"], "remoteRules": true},
              {"key": "client-all", "label": "web", "type": "client", "flags": ["*"]},
              {"key": "client-some", "label": "app", "type": "client", "flags": ["local", "remote"]},
              {"key": "server-some", "label": "some", "type": "server", "flags": ["local"]},
              {"key": "server-none", "label": "none", "type": "server", "flags": []}],
             "flags": [
              {"key": "local", "dependencies": ["holdout"], "metadata": {"evaluationMode": "local", "flagVersion": 3},
               "segments": [{"conditions": [[{"selector": ["result", "holdout", "key"], "op": "is", "values": ["on"]}]],
                             "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "on"}}},
              {"key": "remote", "dependencies": ["secret-group"], "metadata": {"evaluationMode": "remote", "flagVersion": 9},
               "segments": [
                 {"metadata": {"segmentName": "secret-name"},
                  "conditions": [[{"selector": ["context", "user", "user_properties", "secret-selector"], "op": "is",
                                   "values": ["secret-value"]}]],
                  "bucket": {"selector": ["context", "user", "secret-bucketing"], "salt": "secret-salt", "allocations": [
                    {"range": [0, 12], "distributions": [{"variant": "on", "range": [0, 42949673]}]}]},
                  "variant": "off"}],
               "variants": {"on": {"key": "on", "value": "on", "payload": {"colour": "teal"}},
                            "off": {"key": "off", "metadata": {"default": true}}}},
              {"key": "web", "metadata": {"evaluationMode": "local", "deliveryMethod": "web"},
               "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
              {"key": "silent", "segments": [{"conditions": [], "variant": "on"}, {"variant": "on"}],
               "variants": {"on": {"key": "on"}}},
              {"key": "holdout", "metadata": {"evaluationMode": "local", "deployed": false},
               "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
              {"key": "secret-group", "metadata": {"deployed": false}, "segments": [{"variant": "on"}],
               "variants": {"on": {"key": "on"}}}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(DOCUMENT, Map.of("VARIATE_HTTP_COMPRESS_FROM", "64"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {V1, V2})
    void returnsAllFlagsOfTheDeploymentWithDependenciesFirst(String path) {
        HttpResponse<String> answer = get(ALL, path);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(keys(answer)).containsExactly("holdout", "local", "remote", "web", "silent");
        assertThat(header(answer, "content-type")).isEqualTo("application/json; charset=utf-8");
        assertThat(header(answer, "cache-control")).isEqualTo("no-store");
        assertThat(header(answer, "x-variate-revision")).isEqualTo("4");
        assertThat(header(answer, "vary")).isEqualTo("Authorization, Accept-Encoding");
    }

    @Test
    void marksDependenciesOfOtherDeploymentsAsNotDeployed() {
        HttpResponse<String> answer = get("server-some", V2);

        assertThat(keys(answer)).containsExactly("holdout", "local");
        assertThat(flag(answer, "holdout").getJsonObject("metadata").getBoolean("deployed"))
                .isFalse();
    }

    @Test
    void returnsAnEmptyArrayForADeploymentWithoutFlags() {
        assertThat(get("server-none", V2).body()).isEqualTo("[]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eval_mode=local | holdout local web",
                "eval_mode=remote | secret-group remote silent",
                "delivery_method=web | web",
                "delivery_method=feature&eval_mode=local | holdout local",
                "flag_keys=local,web | holdout local web",
                "flag_key=local&flag_keys=web, | holdout local web",
                "flag_keys=remote&eval_mode=local |",
                "flag_keys=nobody |",
                "flag_keys= | holdout local remote web silent",
                "eval_mode=&delivery_method= | holdout local remote web silent",
                "v=0&anything=else | holdout local remote web silent",
            })
    void returnsRequestedFlagsAndTheirDependencies(String query, String expected) {
        for (String path : List.of(V1, V2)) {
            assertThat(String.join(" ", keys(get(ALL, path + "?" + query))))
                    .as(path)
                    .isEqualTo(expected == null ? "" : expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "server-all, /sdk/v2/flags",
        "server-all, /v1/flags",
        "server-all, /v1/flags?flag_keys=remote",
        "server-all, /sdk/v2/flags?delivery_method=feature",
        "server-all, /sdk/v2/flags?eval_mode=&v=0",
        "client-all, /sdk/v2/flags",
        "client-all, /v1/flags",
        "client-all, /sdk/v2/flags?eval_mode=remote",
        "client-all, /v1/flags?eval_mode=remote&flag_keys=remote",
    })
    void returnsAStubOfARemoteFlag(String key, String path) {
        assertThat(get(key, path).body()).doesNotContain("secret-");
        assertThat(flag(get(key, path), "remote")).isEqualTo(new JsonObject("""
                {"key": "remote", "metadata": {"evaluationMode": "remote", "flagVersion": 9},
                 "segments": [{"metadata": {"segmentName": "default"}, "variant": "off"}],
                 "variants": {"on": {"key": "on", "value": "on", "payload": {"colour": "teal"}},
                              "off": {"key": "off", "metadata": {"default": true}}}}
                """));
    }

    @ParameterizedTest
    @CsvSource({
        "server-all, /sdk/v2/flags?eval_mode=remote",
        "server-all, /v1/flags?eval_mode=remote",
        "server-all, /v1/flags?eval_mode=remote&flag_keys=remote",
        "server-all, /sdk/v2/flags?delivery_method=feature&eval_mode=remote",
        "server-rules, /sdk/v2/flags",
        "server-rules, /v1/flags",
        "server-rules, /sdk/v2/flags?flag_keys=remote",
        "server-rules, /sdk/v2/flags?eval_mode=remote",
    })
    void returnsRemoteRulesToServerKeysOnRequestOrBySetting(String key, String path) {
        HttpResponse<String> answer = get(key, path);

        assertThat(keys(answer)).contains("secret-group", "remote");
        assertThat(flag(answer, "remote")).isEqualTo(flag(get("server-rules", V2), "remote"));
        assertThat(answer.body()).contains("secret-selector", "secret-value", "secret-bucketing", "secret-salt");
    }

    @Test
    void answersWithRulesHaveATagOfTheirOwn() {
        String stubs = header(get(ALL, V2 + "?delivery_method=feature"), "etag");
        String rules = header(get(ALL, V2 + "?delivery_method=feature&eval_mode=remote"), "etag");

        assertThat(rules).isNotEqualTo(stubs);
        assertThat(node.get(V2 + "?eval_mode=remote", "Authorization", "Api-Key " + ALL, "If-None-Match", stubs)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void returnsCompleteLocalFlagsToClientKeys() {
        assertThat(flag(get("client-all", V2), "local")).isEqualTo(flag(get(ALL, V2), "local"));
    }

    @Test
    void omitsDependenciesOfStubsForClientKeys() {
        assertThat(keys(get("client-some", V2))).containsExactly("holdout", "local", "remote");
    }

    @ParameterizedTest
    @ValueSource(strings = {"client-all", "client-some"})
    void neverReturnsRulesOfRemoteFlagsToClientKeys(String key) {
        String user = "&context=" + RunningNode.encode("{\"user_properties\":{\"x\":1}}");
        for (String path :
                List.of(V2, V2 + "?eval_mode=remote", V1, V1 + "?flag_keys=remote", "/v1/vardata?user_id=u" + user)) {
            assertThat(get(key, path).body()).as(path).doesNotContain("secret-");
        }
    }

    @Test
    void answers304OnlyIfTheClientsCopyIsCurrent() {
        HttpResponse<String> first = get(ALL, V2);
        String tag = header(first, "etag");

        HttpResponse<String> known =
                node.get(V2, "Authorization", "Api-Key " + ALL, "If-None-Match", "\"other\", " + tag);
        HttpResponse<String> other = node.get(V2, "Authorization", "Api-Key " + ALL, "If-None-Match", "\"other\"");

        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(header(known, "etag")).isEqualTo(tag);
        assertThat(other.statusCode()).isEqualTo(200);
    }

    @Test
    void differentFlagsHaveDifferentTags() {
        assertThat(List.of(
                        header(get(ALL, V2), "etag"),
                        header(get("server-rules", V2), "etag"),
                        header(get(ALL, V2 + "?eval_mode=local"), "etag")))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br, GZIP", "gzip;q=0.1", "deflate,gzip ; q=1", "*"})
    void compressesIfTheClientAcceptsGzip(String accepted) {
        for (String path : List.of(V2, V2 + "?eval_mode=local", V2)) {
            HttpResponse<byte[]> answer = bytes(path, accepted);

            assertThat(answer.headers().firstValue("content-encoding")).contains("gzip");
            assertThat(answer.headers().firstValue("vary")).contains("Authorization, Accept-Encoding");
            assertThat(unzipped(answer.body())).isEqualTo(get(ALL, path).body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "identity", "gzip;q=0", "gzip; q=0.000, *", "br"})
    void doesNotCompressOtherwise(String accepted) {
        HttpResponse<byte[]> answer = bytes(V2, accepted);

        assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(get(ALL, V2).body());
    }

    @Test
    void doesNotCompressSmallAnswers() {
        HttpResponse<byte[]> answer = bytes(V2 + "?flag_keys=nobody", "gzip");

        assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "eval_mode=LOCAL, invalid_parameter, eval_mode",
        "eval_mode=both, invalid_parameter, eval_mode",
        "delivery_method=post, invalid_parameter, delivery_method",
        "eval_mode=local&eval_mode=remote, repeated_parameter, eval_mode",
        "flag_keys=%zz, invalid_encoding, flag_keys",
        "flag_keys=%ff, invalid_encoding, flag_keys",
    })
    void rejectsInvalidParameters(String query, String code, String path) throws IOException {
        for (String door : List.of(V1, V2)) {
            RawConnection.Answer answer = RawConnection.exchange(
                    node.httpPort(),
                    "GET " + door + "?" + query + " HTTP/1.1\r\nHost: variate\r\nAuthorization: Api-Key " + ALL
                            + "\r\n\r\n");

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.error().getString("code")).isEqualTo(code);
            assertThat(answer.error().getString("path")).isEqualTo(path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Api-Key nobody", "Bearer server-all", "server-all", "Api-Key "})
    void rejectsRequestsWithoutAValidKey(String authorization) {
        for (String path : List.of(V1, V2)) {
            HttpResponse<String> answer = node.get(path, "Authorization", authorization);

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("unauthorized");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
    void rejectsOtherMethods(String method) {
        for (String path : List.of(V1, V2)) {
            HttpResponse<String> answer =
                    node.send(method, node.httpPort(), path, "", "Authorization", "Api-Key " + ALL);

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(header(answer, "allow")).isEqualTo("GET, HEAD");
        }
    }

    private static HttpResponse<String> get(String key, String path) {
        return node.get(path, "Authorization", "Api-Key " + key);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static List<String> keys(HttpResponse<String> answer) {
        return new JsonArray(answer.body())
                .stream().map(flag -> ((JsonObject) flag).getString("key")).toList();
    }

    private static JsonObject flag(HttpResponse<String> answer, String key) {
        return new JsonArray(answer.body())
                .stream()
                        .map(JsonObject.class::cast)
                        .filter(flag -> flag.getString("key").equals(key))
                        .findFirst()
                        .orElseThrow();
    }

    private static HttpResponse<byte[]> bytes(String path, String accepted) {
        return node.getBytes(path, "Authorization", "Api-Key " + ALL, "Accept-Encoding", accepted);
    }

    private static String unzipped(byte[] compressed) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
