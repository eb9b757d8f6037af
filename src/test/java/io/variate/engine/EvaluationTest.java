package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationTest {

    @Test
    void writesFieldsInOrder() {
        Evaluation target = evaluate(flag(
                "f",
                "{\"key\":\"on\",\"payload\":{\"a\":1},\"value\":\"v\",\"metadata\":{\"experimentKey\":\"exp-1\"}}"));

        assertThat(encoded(target, AnswerShape.V2))
                .isEqualTo("{\"f\":{\"key\":\"on\",\"value\":\"v\",\"payload\":{\"a\":1},"
                        + "\"metadata\":{\"experimentKey\":\"exp-1\"}}}");
        assertThat(encoded(target, AnswerShape.V1))
                .isEqualTo("{\"f\":{\"key\":\"on\",\"value\":\"v\",\"payload\":{\"a\":1},\"expKey\":\"exp-1\","
                        + "\"metadata\":{\"experimentKey\":\"exp-1\"}}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"text\"",
                "\"\"",
                "1",
                "1.0",
                "0",
                "true",
                "false",
                "[]",
                "[1,null,\"x\"]",
                "{}",
                "{\"a\":{\"b\":null}}",
                "\"\u00e9\ud83d\ude00\\u0001\\\"\""
            })
    void writesPayloadsOfEveryType(String payload) {
        Evaluation target = evaluate(flag("f", "{\"key\":\"on\",\"payload\":" + payload + "}"));

        assertThat(encoded(target, AnswerShape.V2)).isEqualTo("{\"f\":{\"key\":\"on\",\"payload\":" + payload + "}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"v\" | \"v\"",
                "\"\" | \"\"",
                "1 | \"1\"",
                "1.0 | \"1.0\"",
                "true | \"true\"",
                "{\"a\":\"b\"} | \"{\\\"a\\\":\\\"b\\\"}\"",
                "[] | \"[]\"",
            })
    void writesValuesAsText(String value, String text) {
        Evaluation target = evaluate(flag("f", "{\"key\":\"on\",\"value\":" + value + "}"));

        assertThat(encoded(target, AnswerShape.V2)).isEqualTo("{\"f\":{\"key\":\"on\",\"value\":" + text + "}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"key\":\"v\",\"value\":\"text\" | \"text\"",
                "\"key\":\"v\",\"value\":1.0 | 1.0",
                "\"key\":\"v\",\"value\":{\"a\":[1]} | {\"a\":[1]}",
                "\"key\":\"on\",\"value\":\"on\" | true",
                "\"key\":\"on\" | true",
                "\"key\":\"off\" | false",
                "\"key\":\"off\",\"value\":true | true",
                "\"key\":\"on\",\"value\":\"blue\" | \"blue\"",
                "\"key\":\"on\",\"value\":\"on\",\"payload\":1 | \"on\"",
            })
    void reasonedShapeKeepsTheTypeOfValues(String variant, String value) {
        Evaluation target = evaluate(flag("f", "{" + variant + "}"));

        assertThat(encoded(target, AnswerShape.REASONED)).contains("\"value\":" + value + ",\"");
    }

    @ParameterizedTest
    @EnumSource(AnswerShape.class)
    void omitsNullFields(AnswerShape shape) {
        Evaluation target = evaluate(flag("f", "{\"key\":\"v\",\"value\":null,\"payload\":null,\"metadata\":{}}"));

        assertThat(encoded(target, shape)).isEqualTo("{\"f\":{\"key\":\"v\"" + reason(shape) + "}}");
    }

    @ParameterizedTest
    @EnumSource(AnswerShape.class)
    void keepsNullsInsideMetadata(AnswerShape shape) {
        Evaluation target = evaluate(flag("f", "{\"key\":\"v\",\"metadata\":{\"a\":null,\"experimentKey\":7}}"));

        assertThat(encoded(target, shape))
                .isEqualTo(
                        "{\"f\":{\"key\":\"v\",\"metadata\":{\"a\":null,\"experimentKey\":7}" + reason(shape) + "}}");
    }

    @Test
    void onlyV2IncludesDefaultVariants() {
        Evaluation target = evaluate(flag("f", "{\"key\":\"off\",\"metadata\":{\"default\":true}}"));

        assertThat(target.get(0).isDefault()).isTrue();
        assertThat(encoded(target, AnswerShape.V1)).isEqualTo("{}");
        assertThat(encoded(target, AnswerShape.V2))
                .isEqualTo("{\"f\":{\"key\":\"off\",\"metadata\":{\"default\":true}}}");
    }

    @ParameterizedTest
    @EnumSource(AnswerShape.class)
    void noShapeIncludesFlagsThatAreNotDeployed(AnswerShape shape) {
        Evaluation target = evaluate(flag("f", "{\"key\":\"on\",\"metadata\":{\"deployed\":false}}"));

        assertThat(target.get(0).isDeployed()).isFalse();
        assertThat(encoded(target, shape)).isEqualTo("{}");
    }

    @ParameterizedTest
    @EnumSource(AnswerShape.class)
    void separatesEntriesWhereSomeAreOmitted(AnswerShape shape) {
        String hidden = "{\"key\":\"v\",\"metadata\":{\"deployed\":false}}";
        String shown = "{\"key\":\"v\"}";
        Evaluation target = evaluate(
                flag("a", hidden), flag("b", shown), flag("c", hidden), flag("\"d\u00e9", shown), flag("e", hidden));

        assertThat(encoded(target, shape))
                .isEqualTo("{\"b\":%s,\"\\\"d\u00e9\":%s}".replace("%s", "{\"key\":\"v\"" + reason(shape) + "}"));
    }

    private static String reason(AnswerShape shape) {
        return shape == AnswerShape.REASONED ? ",\"reason\":\"STATIC\"" : "";
    }

    @Test
    void mergesMetadataOfFlagThenSegmentThenVariant() {
        Evaluation target = evaluate(Samples.read("""
                {"key":"f","metadata":{"a":1,"b":1,"c":1,"d":1},
                 "segments":[{"variant":"on","metadata":{"b":2,"c":2,"d":2}}],
                 "variants":{"on":{"key":"on","metadata":{"c":3,"d":null}}}}
                """));

        assertThat(Json.write(target.get(0).metadata())).isEqualTo("{\"a\":1,\"b\":2,\"c\":3,\"d\":null}");
    }

    @Test
    void keepsTheValueAsPublished() {
        assertThat(evaluate(flag("f", "{\"key\":\"on\",\"value\":1}")).get(0).value())
                .isEqualTo(1L);
    }

    @Test
    void writesNoResultsAsAnEmptyObject() {
        assertThat(encoded(evaluate(), AnswerShape.V2)).isEqualTo("{}");
    }

    @Test
    void hasNoResultsBeyondItsSize() {
        Evaluation target = evaluate(Samples.flag("a", "[]"), Samples.on("b"));

        assertThat(target.size()).isEqualTo(1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> target.get(1));
    }

    @Test
    void iterationEndsAfterTheLastResult() {
        var iterator = evaluate(Samples.on("a")).iterator();
        iterator.next();

        assertThat(iterator.hasNext()).isFalse();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::next);
    }

    private static Flag flag(String key, String variant) {
        return Samples.read("{\"key\":%s,\"variants\":{\"v\":%s},\"segments\":[{\"variant\":\"v\"}]}"
                .formatted(Json.write(key), variant));
    }

    private static Evaluation evaluate(Flag... flags) {
        CompiledFlags compiled = CompiledFlags.compile(Arrays.asList(flags));
        return Evaluation.of(compiled.planAll().contextOf(Samples.context("{}")));
    }

    private static String encoded(Evaluation evaluation, AnswerShape shape) {
        return new String(evaluation.encode(shape), StandardCharsets.UTF_8);
    }
}
