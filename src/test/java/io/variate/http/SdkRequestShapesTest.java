package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests of SDKs that cannot run in these tests, byte for byte, and answers checked as their parsers read them.
 *
 * <p>Each requests the same user, whose id {@code ü?>~} differs between the base64 alphabets, and gets the same
 * variants. Source: the sources of Amplitude's SDKs.
 */
class SdkRequestShapesTest {
    private static final String KEYS = "[\"of-user\",\"of-plan\",\"of-cohort\",\"off-for-all\",\"number\"]";

    private static final String FLAGS = """
            [
              {"key": "of-user", "metadata": {"experimentKey": "exp-1"}, "segments": [
                {"metadata": {"segmentName": "the one"},
                 "conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["ü?>~"]}]],
                 "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "on", "payload": {"text": "ü?>~", "none": null}}}},
              {"key": "of-plan", "segments": [
                {"conditions": [[{"selector": ["context", "user", "user_properties", "plan"], "op": "is",
                  "values": ["prémium>?"]}]], "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "on", "payload": null}}},
              {"key": "of-cohort", "segments": [
                {"conditions": [[{"selector": ["context", "user", "cohort_ids"], "op": "set contains any",
                  "values": ["c1"]}]], "variant": "on"},
                {"variant": "off"}],
               "variants": {"on": {"key": "on", "value": "on"}, "off": {"key": "off", "metadata": {"default": true}}}},
              {"key": "off-for-all", "segments": [{"variant": "off"}],
               "variants": {"off": {"key": "off", "metadata": {"default": true}}}},
              {"key": "number", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on", "value": 1}}},
              {"key": "group", "metadata": {"deployed": false}, "segments": [{"variant": "in"}],
               "variants": {"in": {"key": "in", "value": "in"}}}
            ]""";

    private static final String RULESET = """
            {"revision": 1,
             "deployments": [{"key": "server-key", "label": "all", "type": "server", "flags": ["*"]}],
             "flags": %s}""".formatted(FLAGS);

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    /**
     * The request of one SDK.
     *
     * @param target path and query
     * @param headers all but Host, Authorization and Content-Length
     * @param body null for a GET
     * @param inCohort whether the user that is sent says so
     */
    record Shape(
            String sdk,
            String target,
            List<String> headers,
            @Nullable String body,
            boolean inCohort) {
        @Override
        public String toString() {
            return sdk;
        }
    }

    static Stream<Shape> shapes() {
        return Stream.of(
                new Shape(
                        "Go 1.12, debug, with fetch options",
                        "/sdk/v2/vardata?d=aBcDe",
                        List.of(
                                "User-Agent: Go-http-client/1.1",
                                "Content-Type: application/json; charset=UTF-8",
                                "X-Amp-Exp-User: " + standard(user("experiment-go-server/1.12.0", """
                                        "cohort_ids":{"c1":{},"c2":{}},"group_cohort_ids":{"org":{"acme":{"c3":{}}}},\
                                        "groups":{"org":["acme"]},"group_properties":{"org":{"acme":{"tier":1}}}""")),
                                "X-Amp-Exp-Track: no-track",
                                "X-Amp-Exp-Exposure-Track: no-track",
                                "Accept-Encoding: gzip"),
                        null,
                        true),
                new Shape(
                        "JVM 1.8, OkHttp",
                        "/sdk/v2/vardata?v=0",
                        List.of(
                                "X-Amp-Exp-User: "
                                        + standard(user("experiment-jvm-server/1.8.2", "\"cohort_ids\":[\"c1\"]")),
                                "X-Amp-Exp-Library: experiment-jvm-server/1.8.2",
                                "X-Amp-Exp-Library: experiment-jvm-server/1.8.2",
                                "Connection: Keep-Alive",
                                "Accept-Encoding: gzip",
                                "User-Agent: okhttp/4.12.0"),
                        null,
                        true),
                new Shape(
                        "JVM before February 2024",
                        "/sdk/vardata",
                        List.of(
                                "X-Amp-Exp-User: " + standard(user("experiment-jvm-server/1.1.0", "")),
                                "Connection: Keep-Alive",
                                "Accept-Encoding: gzip",
                                "User-Agent: okhttp/4.9.0"),
                        null,
                        false),
                new Shape(
                        "Python 1.13, everything unset is null",
                        "/sdk/v2/vardata?v=0",
                        List.of(
                                "Accept-Encoding: identity",
                                "Content-Type: application/json;charset=utf-8",
                                "X-Amp-Exp-Flag-Keys: " + urlSafe(KEYS),
                                "X-Amp-Exp-Track: track"),
                        user("experiment-python-server/1.13.0", """
                                "device_id":null,"country":null,"region":null,"dma":null,"city":null,"language":null,\
                                "platform":null,"version":null,"os":null,"device_manufacturer":null,"device_brand":null,\
                                "device_model":null,"carrier":null,"ip_address":null,"groups":null,\
                                "group_properties":null,"group_cohort_ids":null,"cohort_ids":null"""),
                        false),
                new Shape(
                        "Ruby 1.10",
                        "//sdk/v2/vardata?v=0",
                        List.of(
                                "Content-Type: application/json;charset=utf-8",
                                "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
                                "Accept: */*",
                                "User-Agent: Ruby",
                                "Connection: keep-alive",
                                "Keep-Alive: 30"),
                        user("experiment-ruby-server/1.10.0", "\"cohort_ids\":[\"c1\"]"),
                        true),
                new Shape(
                        "PHP 1.4, both headers in standard base64",
                        "//sdk/v2/vardata?v=0",
                        List.of(
                                "User-Agent: GuzzleHttp/7",
                                "Content-Type: application/json",
                                "X-Amp-Exp-User: " + standard(user("experiment-php-server/1.4.1", "")),
                                "X-Amp-Exp-Flag-Keys: " + standard(KEYS),
                                "X-Amp-Exp-Track: no-track"),
                        null,
                        false),
                new Shape(
                        "Android 1.15, a dialect for each header",
                        "/sdk/v2/vardata",
                        List.of(
                                "X-Amp-Exp-User: "
                                        + urlSafePadded(
                                                user("experiment-android-client/1.15.0", "\"os\":\"android 14\"")),
                                "X-Amp-Exp-Flag-Keys: " + standard(KEYS),
                                "X-Amp-Exp-Track: track",
                                "X-Custom: of the operator",
                                "Connection: Keep-Alive",
                                "Accept-Encoding: gzip",
                                "User-Agent: okhttp/4.12.0"),
                        null,
                        false),
                new Shape(
                        "iOS 1.20",
                        "//sdk/v2/vardata?v=0",
                        List.of(
                                "Accept: */*",
                                "X-Amp-Exp-User: " + urlSafe(user("experiment-ios-client/1.20.1", "")),
                                "X-Amp-Exp-Flag-Keys: " + urlSafe(KEYS),
                                "X-Amp-Exp-Track: track",
                                "Accept-Language: en-US,en;q=0.9",
                                "Accept-Encoding: gzip, deflate",
                                "User-Agent: App/1 CFNetwork/1490.0.4 Darwin/23.2.0"),
                        null,
                        false),
                new Shape(
                        "browser, with no flag keys in the header",
                        "/sdk/v2/vardata?v=0",
                        List.of(
                                "X-Amp-Exp-User: "
                                        + urlSafe(user("experiment-js-client/1.22.1", "\"first_seen\":\"1\"")),
                                "X-Amp-Exp-Flag-Keys: " + urlSafe("[]"),
                                "Origin: https://shop.example.com",
                                "Referer: https://shop.example.com/",
                                "Accept-Encoding: gzip, deflate, br, zstd"),
                        null,
                        false),
                new Shape(
                        "evaluation proxy, REST",
                        "/v1/vardata?flag_key=of-user,of-plan,of-cohort,off-for-all,number",
                        List.of("Content-Type: application/json"),
                        user("none", "\"cohort_ids\":[\"c1\"]"),
                        true));
    }

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shapes")
    void answersAsTheSdkExpects(Shape shape) throws IOException {
        Answer answer = RawConnection.exchange(node.httpPort(), request(shape));

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).containsExactly("application/json; charset=utf-8");
        assertThat(answer.header("Cache-Control")).containsExactly("no-store");
        assertThat(answer.header("Content-Encoding")).isEmpty();
        JsonObject variants = new JsonObject(answer.body());
        assertThat(variants.fieldNames()).isEqualTo(expected(shape));
        variants.fieldNames().forEach(flag -> assertParsesEverywhere(variants.getJsonObject(flag)));
        assertThat(variants.getJsonObject("of-user").getJsonObject("payload").getString("text"))
                .isEqualTo("ü?>~");
    }

    private static Set<String> expected(Shape shape) {
        boolean defaults = shape.target().contains("/sdk/v2/");
        Set<String> flags = new LinkedHashSet<>(List.of("of-user", "of-plan", "number"));
        if (defaults || shape.inCohort()) {
            flags.add("of-cohort");
        }
        if (defaults) {
            flags.add("off-for-all");
        }
        return flags;
    }

    /** The Go SDK accepts only strings as value. The Android SDK rejects null metadata and reads a null payload as text. */
    private static void assertParsesEverywhere(JsonObject variant) {
        assertThat(variant.getValue("key")).isInstanceOf(String.class);
        assertThat(variant.fieldNames()).isSubsetOf("key", "value", "payload", "expKey", "metadata");
        for (String field : variant.fieldNames()) {
            assertThat(variant.getValue(field)).as(field).isNotNull();
        }
        if (variant.containsKey("value")) {
            assertThat(variant.getValue("value")).isInstanceOf(String.class);
        }
        if (variant.containsKey("metadata")) {
            assertThat(variant.getValue("metadata")).isInstanceOf(JsonObject.class);
            assertThat(variant.getJsonObject("metadata").getMap().values()).doesNotContainNull();
        }
    }

    private static String request(Shape shape) {
        List<String> lines = new ArrayList<>();
        lines.add((shape.body() == null ? "GET " : "POST ") + shape.target() + " HTTP/1.1");
        lines.add("Host: experiment.example.com");
        lines.add("Authorization: Api-Key server-key");
        lines.addAll(shape.headers());
        String body = shape.body() == null ? "" : latin1OfUtf8(shape.body());
        if (shape.body() != null) {
            lines.add("Content-Length: " + body.length());
        }
        return String.join("\r\n", lines) + "\r\n\r\n" + body;
    }

    /** The user of all requests, with more fields. */
    private static String user(String library, String more) {
        return "{\"user_id\":\"ü?>~\",\"library\":\"" + library + "\",\"user_properties\":"
                + "{\"plan\":\"prémium>?\",\"tags\":[\"a\",1,true]}" + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private static String standard(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String urlSafe(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String urlSafePadded(String text) {
        return Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String latin1OfUtf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
