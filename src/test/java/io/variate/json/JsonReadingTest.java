package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.engine.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReadingTest {

    @Test
    void readsEveryKindOfValue() {
        Object tree = Json.parse(" {\"a\" : [ true , false,null ] ,\"b\":{\"\":\"x\"},\r\n\t\"c\":[],\"d\":{}} ");

        assertThat(tree)
                .isEqualTo(Map.of(
                        "a", Arrays.asList(true, false, null), "b", Map.of("", "x"), "c", List.of(), "d", Map.of()));
    }

    @Test
    void keepsMembersInTheOrderOfTheText() {
        assertThat(Vectors.object(Json.parse("{\"b\":1,\"10\":2,\"9\":3,\"a\":4}"))
                        .keySet())
                .containsExactly("b", "10", "9", "a");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "7, 7",
        "-12, -12",
        "1e3, 1000",
        "25E+1, 250",
        "1500e-2, 15",
        "0e999999999999, 0",
        "9007199254740993, 9007199254740993",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808",
        "-9223372036854775808e0, -9223372036854775808",
        "922337203685477580700e-2, 9223372036854775807",
    })
    void readsIntegersWithoutAFractionAsLongs(String text, long number) {
        assertThat(Json.parse(text)).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0",
        "-0.0, -0.0",
        "1.5e3, 1500.0",
        "1e-3, 0.001",
        "15e-1, 1.5",
        "9223372036854775808, 9.223372036854775808e18",
        "-9223372036854775809, -9.223372036854775809e18",
        "1e19, 1e19",
        "1e400, Infinity",
        "-1e99999999999, -Infinity",
        "1e-400, 0.0",
    })
    void readsAllOtherNumbersAsDoubles(String text, double number) {
        assertThat(Json.parse(text)).isEqualTo(number);
    }

    @Test
    void readsEscapes() {
        assertThat(Json.parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00/\""))
                .isEqualTo("\"\\/\b\f\n\r\t\u00e9\ud83d\ude00/");
    }

    @Test
    void readsLoneSurrogates() {
        assertThat(Json.parse("\"a\\ud800\"")).isEqualTo("a\ud800");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[",
                "]",
                "{",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{1:1}",
                "[1}",
                "{\"a\":1]",
                "\"",
                "\"a",
                "\"\\",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\u\uff11\uff11\uff11\uff11\"",
                "\"\n\"",
                "\"a\\n\n\"",
                "'a'",
                "01",
                "-01",
                "-",
                "+1",
                ".5",
                "1.",
                "1.e1",
                "1e",
                "1e+",
                "0x10",
                "1d",
                "NaN",
                "Infinity",
                "-Infinity",
                "tru",
                "True",
                "nul",
                "1 2",
                "{} x",
                "\u00a01",
                "\ufeff1",
                "// c\n1"
            })
    void rejectsInvalidJson(String text) {
        assertThatExceptionOfType(JsonException.class).isThrownBy(() -> Json.parse(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"user_properties\":{\"a\":[1,2,3,x]}} | 31 | $.user_properties.a[3]",
                "[1,2,3 | 6 | $[2]",
                "{\"a\":1,b:2} | 7 | $",
                "{\"a\":{\"b\":1},\"c d\":tru} | 19 | $[\"c d\"]",
                "[[],{\"a\":\"]},\"},{\"b\":[{}, ?]}] | 26 | $[2].b[1]",
                "{\"\\u00e9\\\"\":01} | 12 | $[\"\u00e9\\\"\"]",
                "{} {} | 3 | $",
                "\"abc | 4 | $",
            })
    void reportsTheOffsetAndPathOfAnError(String text, int offset, String path) {
        JsonException failure = failureOf(text);

        assertThat(failure.offset()).isEqualTo(offset);
        assertThat(failure.path()).isEqualTo(path);
        assertThat(failure).hasMessageNotContaining("user_properties");
    }

    private static JsonException failureOf(String text) {
        return Objects.requireNonNull(catchThrowableOfType(JsonException.class, () -> Json.parse(text)));
    }

    @Test
    void lastOfDuplicateKeysWins() {
        assertThat(Json.parse("{\"a\":1,\"b\":2,\"a\":3}")).isEqualTo(Map.of("a", 3L, "b", 2L));
    }

    @Test
    void strictReadingRejectsDuplicateKeys() {
        String text = "{\"flags\":[{\"key\":null},{\"key\":1,\"k\\u0065y\":2}]}";

        JsonException failure =
                Objects.requireNonNull(catchThrowableOfType(JsonException.class, () -> Json.parseStrict(text)));

        assertThat(failure.path()).isEqualTo("$.flags[1].key");
        assertThat(failure.offset()).isEqualTo(text.indexOf("\"k\\"));
    }

    @Test
    void strictReadingAllowsEqualKeysInDifferentObjects() {
        assertThat(Json.parseStrict("[{\"a\":1},{\"a\":2}]")).isNotNull();
    }

    @Test
    void readsTextNestedToTheLimit() {
        String text = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);

        assertThat(Json.parse("[" + text.substring(1))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {Json.MAX_DEPTH + 1, 10_000, 1_000_000})
    void rejectsTextNestedBeyondTheLimit(int depth) {
        assertThat(failureOf("[".repeat(depth))).hasMessageContaining("nested deeper");
    }

    @Test
    void limitsDepthRatherThanTheNumberOfBrackets() {
        assertThat(Json.parse("[" + "[],".repeat(1000) + "{}]")).isNotNull();
    }
}
