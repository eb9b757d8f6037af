package io.variate.ofrep;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Resolutions of flags, by reason, type and context. */
class ResolutionTest {
    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static Provider provider;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(OfrepRuleset.revision(7), Map.of());
        provider = new Provider(node, "Authorization", "Bearer server-key");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource({
        "switch, premium, TARGETING_MATCH, on, true",
        "switch, free, DEFAULT, off, false",
        "disabled, free, DISABLED, off, false",
        "split, free, SPLIT, blue, 'b'",
        "default-of-several, free, STATIC, off,",
        "nothing, free, DEFAULT, off,",
        "nobody, free, STATIC, off,",
        "nothing-at-all, free, STATIC, off,",
        "text, free, STATIC, treatment, v",
        "truth, premium, STATIC, treatment, false",
    })
    void returnsReasonVariantAndValue(String flag, String plan, String reason, String variant, String value) {
        JsonObject resolution = provider.resolve(flag, "{\"targetingKey\": \"u\", \"plan\": \"" + plan + "\"}");

        assertThat(resolution.getString("reason")).isEqualTo(reason);
        assertThat(resolution.getString("variant")).isEqualTo(variant);
        assertThat(resolution.containsKey("value")).isEqualTo(value != null);
        assertThat(String.valueOf(resolution.getValue("value"))).isEqualTo(String.valueOf(value));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text | \"v\"",
                "number | 7",
                "fraction | 1.0",
                "truth | false",
                "object | {\"a\":[1]}",
                "payload-object | {\"b\":1,\"a\":{\"deep\":[null]}}",
                "payload-list | [1,\"two\",null]",
                "payload-text | \"text\"",
                "payload-integer | 7",
                "payload-fraction | 1.5",
                "payload-false | false",
                "payload-null | \"v\"",
                "on-with-payload | {\"color\":\"teal\"}",
                "on-by-another-value | \"blue\"",
                "wörter/and more | \"ü\"",
            })
    void keepsTheTypeOfTheValue(String flag, String json) {
        assertThat(provider.resolve(flag, "{}").getValue("value")).isEqualTo(Json.decodeValue(json));
    }

    @ParameterizedTest
    @ValueSource(strings = {"key-only", "default-of-several", "off-with-payload", "nothing"})
    void omitsTheValueOfAFlagWithoutOne(String flag) {
        assertThat(provider.resolve(flag, "{}").fieldNames()).doesNotContain("value");
    }

    @Test
    void distinguishesIntegersFromFractions() {
        assertThat(provider.one("number", "").body()).contains("\"value\":7}");
        assertThat(provider.one("fraction", "").body()).contains("\"value\":1.0}");
    }

    @Test
    void keepsMetadataThatTheProtocolAllows() {
        assertThat(provider.resolve("switch", "{\"plan\": \"premium\"}").getJsonObject("metadata"))
                .isEqualTo(new JsonObject("""
                        {"experimentKey": "exp-1", "flagVersion": 3, "ratio": 0.5, "segmentName": "Premium"}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "field-user_id | {\"targetingKey\": \"u\"} | true",
                "field-user_id | {\"user_id\": \"u\"} | true",
                "field-user_id | {\"targetingKey\": \"u\", \"user_id\": \"other\"} | true",
                "field-user_id | {\"targetingKey\": \"other\", \"user_id\": \"u\"} | false",
                "field-user_id | {\"targetingKey\": \"\", \"user_id\": \"u\"} | true",
                "field-user_id | {\"targetingKey\": null, \"user_id\": \"u\"} | true",
                "field-device_id | {\"device_id\": \"d\"} | true",
                "field-country | {\"country\": \"c\"} | true",
                "field-version | {\"version\": \"v\"} | true",
                "field-browser | {\"browser\": \"b\"} | true",
                "property-email | {\"email\": \"e\"} | true",
                "property-email | {\"email\": null} | false",
                "property-email | {\"user_properties\": {\"email\": \"e\"}} | true",
                "property-email | {\"email\": \"other\", \"user_properties\": {\"email\": \"e\"}} | true",
                "property-email | {\"email\": \"e\", \"user_properties\": {\"email\": \"other\"}} | false",
                "property-email | {\"email\": \"e\", \"user_properties\": null} | true",
                "property-platform | {\"platform\": \"mine\"} | false",
                "property-platform | {\"user_properties\": {\"platform\": \"mine\"}} | true",
                "group | {\"groups\": {\"org\": [\"a\"]}, \"group_properties\": {\"org\": {\"a\": {\"tier\": \"gold\"}}}} | true",
                "group | {\"groups\": {\"org\": \"a\"}, \"group_properties\": {\"org\": {\"a\": {\"tier\": \"gold\"}}}} | true",
                "group | {\"groups\": 7} | false",
            })
    void readsTheContextAsAUser(String flag, String context, boolean on) {
        assertThat(provider.resolve(flag, context).getBoolean("value")).isEqualTo(on);
    }

    @Test
    void resolvesAFlagAloneAsAmongAll() {
        String body = "{\"context\": {\"targetingKey\": \"u\", \"plan\": \"premium\", \"country\": \"c\"}}";
        Map<String, JsonObject> all = new JsonObject(provider.all(body).body())
                .getJsonArray("flags").stream()
                        .map(JsonObject.class::cast)
                        .collect(Collectors.toMap(flag -> flag.getString("key"), flag -> flag));

        assertThat(all).hasSizeGreaterThan(25).doesNotContainKey("parent");
        all.forEach((key, resolution) ->
                assertThat(new JsonObject(provider.one(key, body).body())).isEqualTo(resolution));
    }
}
