package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /v1/vardata}. */
class VardataTest {
    private static final String[] AUTHORIZED = {"Authorization", "Api-Key server-all"};

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(SampleRuleset.revision(7), Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void returnsVariantsByFlagKey() {
        HttpResponse<String> answer = node.get("/v1/vardata?user_id=u&flag_keys=child", AUTHORIZED);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("7");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().allValues("Vary"))
                .containsExactly("Authorization, X-Amp-Exp-Flag-Keys, X-Variate-Min-Revision, Accept-Encoding");
        assertThat(answer.headers().firstValue("ETag").orElse("")).matches("\"[0-9a-f-]+\"");
        assertThat(new JsonObject(answer.body()).getJsonObject("child")).isEqualTo(new JsonObject("""
                        {"key": "on", "value": "on", "expKey": "exp-7", "metadata": {"experimentKey": "exp-7"}}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "object  | {\"b\":1,\"a\":{\"deep\":[null]}}",
                "array   | [1,\"two\",null]",
                "string  | \"text\"",
                "integer | 7",
                "decimal | 1.5",
                "true    | true",
                "false   | false",
                "empty   | \"\"",
            })
    void keepsPayloadsOfEveryType(String name, String json) {
        JsonObject variant = all().getJsonObject("payload-" + name);

        assertThat(variant.getValue("payload")).isEqualTo(Json.decodeValue(json));
    }

    @Test
    void omitsANullPayload() {
        assertThat(all().getJsonObject("payload-null").fieldNames()).containsExactlyInAnyOrder("key", "value");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"number | 1.0", "boolean | true", "object | {\"a\":[1]}"})
    void returnsEveryValueAsAString(String name, String text) {
        assertThat(all().getJsonObject("value-" + name).getValue("value")).isEqualTo(text);
    }

    @Test
    void omitsAMissingValue() {
        assertThat(all().getJsonObject("value-none").fieldNames()).containsExactly("key");
    }

    @Test
    void omitsDefaultVariantsAndFlagsThatAreNotDeployed() {
        assertThat(all().fieldNames()).contains("parent").doesNotContain("off-for-all", "group", "premium");
        assertThat(evaluate("flag_keys=off-for-all,group").fieldNames()).isEmpty();
    }

    @Test
    void returnsAnEmptyObjectForAUserInNoAudience() {
        HttpResponse<String> answer = node.get("/v1/vardata?user_id=u&flag_keys=premium", AUTHORIZED);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{}");
    }

    @Test
    void requiresNoId() {
        assertThat(evaluate("").fieldNames()).contains("parent");
        assertThat(node.get("/v1/vardata?", AUTHORIZED).statusCode()).isEqualTo(200);
        assertThat(node.get("/v1/vardata", AUTHORIZED).statusCode()).isEqualTo(200);
    }

    @Test
    void readsPropertiesFromTheContext() {
        String context = RunningNode.encode("{\"user_properties\": {\"plan\": \"premium\"}}");

        assertThat(evaluate("flag_keys=premium&context=" + context).fieldNames())
                .containsExactly("premium");
    }

    @Test
    void idsOfTheQueryOverrideTheContext() {
        String context = RunningNode.encode("{\"user_id\": \"context\", \"device_id\": \"context\"}");

        assertThat(keyOf("user", "context=" + context)).isEqualTo("context");
        assertThat(keyOf("device", "context=" + context)).isEqualTo("context");
        assertThat(keyOf("user", "user_id=query&context=" + context)).isEqualTo("query");
        assertThat(keyOf("device", "context=" + context + "&device_id=query")).isEqualTo("query");
        assertThat(keyOf("user", "user_id=&context=" + context))
                .as("an empty id counts as missing")
                .isEqualTo("context");
    }

    @Test
    void readsParametersAsUtf8() {
        assertThat(evaluate("flag_keys=unicode&user_id=J%C3%BCrgen+%F0%9F%9A%80")
                        .getJsonObject("unicode")
                        .getString("value"))
                .isEqualTo("\ud83d\ude80");
        assertThat(evaluate("flag%5Fkeys=unicode&user_id=J%c3%bcrgen%20%f0%9f%9a%80")
                        .fieldNames())
                .containsExactly("unicode");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flag_key=parent,premium,user,unknown",
                "flag_keys=parent,premium,user,unknown",
                "flag_key=parent&flag_keys=premium,user",
                "flag_keys=parent&flag_keys=user",
                "flag_keys=,%20parent%20,,user,parent,",
            })
    void returnsTheUnionOfRequestedFlags(String parameters) {
        assertThat(evaluate(parameters + "&user_id=query").fieldNames()).containsExactlyInAnyOrder("parent", "user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"flag_keys=", "flag_key=", "flag_keys", "flag_keys=,%20,", "flag_key=&flag_keys="})
    void returnsAllFlagsWithoutFlagKeys(String parameters) {
        assertThat(evaluate(parameters)).isEqualTo(all());
    }

    @Test
    void ignoresUnknownFlagKeys() {
        assertThat(evaluate("flag_keys=unknown").fieldNames()).isEmpty();
        assertThat(evaluate("flag_keys=PARENT").fieldNames()).isEmpty();
    }

    @Test
    void ignoresUnknownParameters() {
        assertThat(evaluate("v=0&d=abcde&eval_mode=remote&&=&x&%C3%BC=1&flag_keys=parent")
                        .fieldNames())
                .containsExactly("parent");
    }

    @Test
    void acceptsARepeatedParameterOnlyWithTheSameValue() {
        assertThat(keyOf("user", "user_id=query&user_id=query")).isEqualTo("query");

        HttpResponse<String> answer = node.get("/v1/vardata?user_id=a&user_id=b", AUTHORIZED);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("repeated_parameter");
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo("user_id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "[{}]",
                "1",
                "\"text\"",
                "null",
                "true",
                "{} {}",
                "{'a':1}",
                "{\"a\":}",
                "{\"a\":1,}",
                "NaN",
                "{\"a\":\"\t\"}",
                "{\"a\":01}",
                "\ufeff{}",
                " ",
            })
    void rejectsAContextThatIsNotAJsonObject(String context) {
        HttpResponse<String> answer = node.get("/v1/vardata?context=" + RunningNode.encode(context), AUTHORIZED);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        JsonObject error = RunningNode.error(answer);
        assertThat(error.getString("code")).isEqualTo("invalid_context");
        assertThat(error.getString("path")).isEqualTo("context");
        assertThat(error.getString("message")).isNotBlank();
    }

    @Test
    void acceptsEveryJsonObjectAsContext() {
        for (String context : List.of(
                " {} ",
                "{\"user_properties\":null,\"groups\":null,\"cohort_ids\":null,\"user_id\":null}",
                "{\"user_properties\":5,\"groups\":[],\"group_properties\":\"x\",\"cohort_ids\":true}",
                "{\"a\":1e400,\"b\":\"\\ud800\",\"\\udfff\":\"\\u0000\",\"user_id\":\"\\udc00\"}",
                "{\"user_id\":{\"a\":[]},\"device_id\":12}")) {
            assertThat(node.get("/v1/vardata?context=" + RunningNode.encode(context), AUTHORIZED)
                            .statusCode())
                    .as(context)
                    .isEqualTo(200);
        }
    }

    // Authorization

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Api-Key unknown",
                "Api-Key server-eu",
                "Api-Key SERVER-ALL",
                "Api-Key server-all,server-all",
                "Api-Key",
                "Api-Key ",
                "Bearer server-all",
                "Basic c2VydmVyLWFsbDo=",
                "server-all",
                "Api-Keyserver-all",
                "Api-Key *",
                "Api-Key \"server-all\"",
                "Digest server-all",
                "Api-Key server-all x",
            })
    void rejectsEveryOtherAuthorization(String header) {
        HttpResponse<String> answer = node.get("/v1/vardata", "Authorization", header);

        assertUnauthorized(answer);
        assertThat(answer.body()).doesNotContain("server-all", "server-eu");
    }

    @Test
    void rejectsARequestWithoutAuthorization() {
        assertUnauthorized(node.get("/v1/vardata"));
        assertUnauthorized(node.get("/v1/vardata?api_key=server-all&context={".replace("{", "%7B")));
    }

    @Test
    void rejectsTwoAuthorizations() {
        assertUnauthorized(
                node.get("/v1/vardata", "Authorization", "Api-Key server-all", "Authorization", "Api-Key server-all"));
        assertUnauthorized(node.get("/v1/vardata", "Authorization", "Bearer x", "Authorization", "Api-Key server-all"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Api-Key server-all", "api-key server-all", "API-KEY server-all", "Api-Key   server-all"})
    void acceptsTheSchemeInAnyCase(String header) {
        assertThat(node.get("/v1/vardata", "Authorization", header).statusCode())
                .isEqualTo(200);
    }

    @Test
    void acceptsDeploymentsOfItsZoneAndWithoutZone() {
        assertThat(node.get("/v1/vardata", "Authorization", "Api-Key any-zone").statusCode())
                .isEqualTo(200);
        try (RunningNode eu = RunningNode.serving(SampleRuleset.revision(7), Map.of("VARIATE_NODE_ZONE", "eu"))) {
            assertThat(eu.get("/v1/vardata", "Authorization", "Api-Key server-eu")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(eu.get("/v1/vardata", "Authorization", "Api-Key any-zone")
                            .statusCode())
                    .isEqualTo(200);
            assertUnauthorized(eu.get("/v1/vardata", AUTHORIZED));
        }
    }

    // Deployments

    @Test
    void returnsOnlyFlagsOfTheDeploymentButEvaluatesDependencies() {
        HttpResponse<String> answer = node.get("/v1/vardata", "Authorization", "Api-Key bareProjectKey");

        assertThat(new JsonObject(answer.body()).fieldNames())
                .as("child depends on parent, which this deployment does not have")
                .containsExactly("child");
        assertThat(node.get("/v1/vardata?flag_keys=parent,user", "Authorization", "Api-Key bareProjectKey")
                        .body())
                .isEqualTo("{}");
        assertThat(node.get("/v1/vardata?flag_keys=child", "Authorization", "Api-Key bareProjectKey")
                        .body())
                .isEqualTo(answer.body());
    }

    @Test
    void returnsNothingForADeploymentWithoutFlags() {
        assertThat(node.get("/v1/vardata", "Authorization", "Api-Key server-none")
                        .body())
                .isEqualTo("{}");
    }

    @Test
    void setsCacheHeadersOfTheDeployment() {
        HttpResponse<String> answer = node.get("/v1/vardata", "Authorization", "Api-Key bareProjectKey");
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("public, max-age=60");

        HttpResponse<String> unchanged =
                node.get("/v1/vardata", "Authorization", "Api-Key bareProjectKey", "If-None-Match", tag(answer));
        assertThat(unchanged.statusCode()).isEqualTo(304);
        assertThat(unchanged.headers().allValues("Cache-Control")).containsExactly("public, max-age=60");

        HttpResponse<String> refused = node.get("/v1/vardata?context=x", "Authorization", "Api-Key bareProjectKey");
        assertThat(refused.headers().allValues("Cache-Control")).containsExactly("no-store");
    }

    // Tracking

    @ParameterizedTest
    @CsvSource({
        "X-Amp-Exp-Track, no-track, 0",
        "x-amp-exp-track, No-Track, 0",
        "X-AMP-EXP-TRACK, NO-TRACK, 0",
        "X-Amp-Exp-Track, read-only, 0",
        "X-Amp-Exp-Track, track, 1",
        "X-Amp-Exp-Track, nonsense, 1",
        "X-Other, no-track, 1",
    })
    void tracksUnlessAHeaderPreventsIt(String name, String value, int events) {
        double before = node.metric("variate_assignments_spooled");

        // A user per case, since the same assignment is recorded once.
        String user = RunningNode.encode(name + value);
        node.get("/v1/vardata?user_id=" + user, "Authorization", "Api-Key server-all", name, value);

        assertThat(node.metric("variate_assignments_spooled") - before).isEqualTo(events);
    }

    @Test
    void oneOfSeveralTrackingHeadersPreventsTracking() {
        double before = node.metric("variate_assignments_spooled");

        node.get(
                "/v1/vardata?user_id=u",
                "Authorization",
                "Api-Key server-all",
                "X-Amp-Exp-Track",
                "track",
                "X-Amp-Exp-Track",
                "no-track");

        assertThat(node.metric("variate_assignments_spooled")).isEqualTo(before);
    }

    @Test
    void doesNotTrackRejectedRequests() {
        double before = node.metric("variate_assignments_evaluated_total");

        node.get("/v1/vardata?user_id=u&context=x", AUTHORIZED);
        node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key unknown");
        node.get("/v1/vardata?user_id=%00", AUTHORIZED);

        assertThat(node.metric("variate_assignments_evaluated_total")).isEqualTo(before);
    }

    // Conditional requests

    @Test
    void theTagDependsOnTheMeaningOfTheRequestNotOnItsForm() {
        String tag = tag("user_id=u&device_id=d&flag_keys=child,parent&context=%7B%7D");

        assertThat(tag("context=%7b%7d&flag_key=parent&v=0&flag_keys=,child,parent&device_id=d&user_id=%75"))
                .isEqualTo(tag);
        assertThat(List.of(
                        tag("user_id=v&device_id=d&flag_keys=child,parent&context=%7B%7D"),
                        tag("user_id=d&device_id=u&flag_keys=child,parent&context=%7B%7D"),
                        tag("user_id=u&device_id=d&flag_keys=child&context=%7B%7D"),
                        tag("user_id=u&device_id=d&flag_keys=child,parent"),
                        tag("user_id=u&flag_keys=child,parent&context=%7B%7D"),
                        tag("user_id=u&device_id=d&flag_keys=child,parent&context=%7B%20%7D"),
                        tag(node.get(
                                "/v1/vardata?user_id=u&device_id=d&flag_keys=child,parent&context=%7B%7D",
                                "Authorization", "Api-Key client-all"))))
                .doesNotContain(tag)
                .doesNotHaveDuplicates();
    }

    @Test
    void answers304WithoutEvaluatingOrTracking() {
        HttpResponse<String> first = node.get("/v1/vardata?user_id=u", AUTHORIZED);
        double before = node.metric("variate_assignments_evaluated_total");
        for (String known : List.of(
                tag(first), "W/" + tag(first), "*", "\"x\", " + tag(first), " W/\"y\" ,W/" + tag(first) + " ")) {
            HttpResponse<String> answer =
                    node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server-all", "If-None-Match", known);

            assertThat(answer.statusCode()).as(known).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertThat(tag(answer)).isEqualTo(tag(first));
            assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue("7");
            assertThat(answer.headers().allValues("Vary"))
                    .containsExactly("Authorization, X-Amp-Exp-Flag-Keys, X-Variate-Min-Revision, Accept-Encoding");
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        }
        assertThat(node.metric("variate_assignments_evaluated_total")).isEqualTo(before);
    }

    @Test
    void findsTheTagInRepeatedHeaders() {
        String tag = tag("user_id=u");

        assertThat(node.get(
                                "/v1/vardata?user_id=u",
                                "Authorization",
                                "Api-Key server-all",
                                "If-None-Match",
                                "\"other\"",
                                "If-None-Match",
                                tag)
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    void returnsTheAnswerForEveryOtherTag() {
        String tag = tag("user_id=u");
        for (String known :
                List.of("\"other\"", tag.replace("\"", ""), "W/" + tag("user_id=v"), "garbage", ",,", "w/" + tag)) {
            assertThat(node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server-all", "If-None-Match", known)
                            .statusCode())
                    .as(known)
                    .isEqualTo(200);
        }
    }

    @Test
    void theTagDoesNotReplaceTheKey() {
        assertUnauthorized(node.get("/v1/vardata?user_id=u", "If-None-Match", tag("user_id=u")));
        assertUnauthorized(node.get("/v1/vardata?user_id=u", "If-None-Match", "*"));
    }

    @Test
    void aNewRevisionInvalidatesEveryTag() throws Exception {
        try (RunningNode changing = RunningNode.serving(SampleRuleset.revision(1), Map.of())) {
            HttpResponse<String> first = changing.get("/v1/vardata?user_id=u", AUTHORIZED);
            changing.rewrite(SampleRuleset.revision(2));
            Await.value(
                    "the node serves revision 2", () -> changing.metric("variate_ruleset_revision"), seen -> seen == 2);

            HttpResponse<String> second = changing.get(
                    "/v1/vardata?user_id=u", "Authorization", "Api-Key server-all", "If-None-Match", tag(first));

            assertThat(second.statusCode()).isEqualTo(200);
            assertThat(second.headers().firstValue("X-Variate-Revision")).hasValue("2");
            assertThat(tag(second)).isNotEqualTo(tag(first));
            assertThat(second.body()).isEqualTo(first.body());
        }
    }

    @Test
    void answers503WithoutARuleset() {
        try (RunningNode empty = RunningNode.start(Map.of("VARIATE_RULESETS_FILE", "/nowhere/ruleset.json"))) {
            HttpResponse<String> answer = empty.get("/v1/vardata", AUTHORIZED);

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(RunningNode.error(answer).getString("code")).isEqualTo("not_ready");
            assertThat(empty.admin("GET", "/health/ready", "").statusCode()).isEqualTo(503);
            assertThat(empty.admin("GET", "/health/live", "").statusCode()).isEqualTo(200);
            assertThat(empty.admin("GET", "/api/1/ruleset", "").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void servesHttp2WithALongContext() throws IOException {
        String context = RunningNode.encode("{\"a\": \"" + "x".repeat(40_000) + "\"}");
        try (Http2Client client = Http2Client.of(node.httpPort())) {
            assertThat(client.get("/v1/vardata?flag_keys=parent&context=" + context, "Api-Key server-all"))
                    .isEqualTo("200 {\"parent\":{\"key\":\"yes\",\"value\":\"yes\"}}");
        }
    }

    @Test
    void neverReflectsParametersInHeaders() throws IOException {
        String evil = "%0d%0aX-Evil:%201%0d%0a%0d%0abody";
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(),
                "GET /v1/vardata?user_id=" + evil + "&flag_keys=" + evil + "&" + evil + "=" + evil
                        + " HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key server-all\r\n\r\n");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("X-Evil")).isEmpty();
        assertThat(answer.body()).isEqualTo("{}");
        assertThat(answer.headers()).asInstanceOf(LIST).hasSize(9);
    }

    private static JsonObject all() {
        return evaluate("");
    }

    private static JsonObject evaluate(String parameters) {
        HttpResponse<String> answer = node.get("/v1/vardata?" + parameters, AUTHORIZED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static String keyOf(String flag, String parameters) {
        JsonObject variant = evaluate(parameters).getJsonObject(flag);
        return variant == null ? "none" : variant.getString("key");
    }

    private static String tag(String parameters) {
        return tag(node.get("/v1/vardata?" + parameters, AUTHORIZED));
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static void assertUnauthorized(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Api-Key");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("unauthorized");
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo("Authorization");
    }
}
