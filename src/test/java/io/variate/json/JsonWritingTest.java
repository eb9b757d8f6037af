package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonWritingTest {

    @Test
    void writesWithoutWhiteSpaceInOrder() {
        String text = "{\"b\":[1,1.0,true,null,\"\",{}],\"10\":{\"x\":[]},\"9\":-0.0}";

        assertThat(Json.write(Json.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.001, 0.001", "0.0001, 1.0E-4", "12345678.5, 1.23456785E7", "1e7, 1.0E7", "-0.0, -0.0", "1.0, 1.0"})
    void writesDoublesAsJavaDoes(double number, String text) {
        assertThat(Json.write(number)).isEqualTo(text);
    }

    @Test
    void writesNonFiniteNumbersAsNull() {
        assertThat(Json.write(Arrays.asList(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Float.NaN)))
                .isEqualTo("[null,null,null,null]");
    }

    @Test
    void escapesOnlyWhatMustBeEscaped() {
        assertThat(Json.write("\"\\/\b\t\n\f\r\u0000\u001f\u007f\u2028\u00e9\ud83d\ude00"))
                .isEqualTo("\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028\u00e9\ud83d\ude00\"");
    }

    @Test
    void writesOtherObjectsAsTheirText() {
        assertThat(Json.write(Map.of("k", new StringBuilder("v")))).isEqualTo("{\"k\":\"v\"}");
    }

    @Test
    void readsBackWhatItWrites() {
        List<Object> tree = List.of("a\u0001\"", 1L, 1.5, List.of(Map.of("k", false)));

        assertThat(Json.parse(Json.write(tree))).isEqualTo(tree);
    }
}
