package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSliceTest {

    @Test
    void membersKeepTheirTextAndTheirOrder() {
        JsonSlice object = JsonSlice.of(" { \"b\\u0061\" :\t1.50e+3 , \"a\":[ 1,{ \"x\": \"\\\"}\" } ],\"a\":null} ");

        assertThat(object.members(10)).extracting(JsonSlice.Member::name).containsExactly("ba", "a", "a");
        assertThat(object.members(10))
                .extracting(member -> member.key().toString())
                .containsExactly("\"b\\u0061\"", "\"a\"", "\"a\"");
        assertThat(object.members(10))
                .extracting(member -> member.value().toString())
                .containsExactly("1.50e+3", "[ 1,{ \"x\": \"\\\"}\" } ]", "null");
        assertThat(object.toString()).startsWith("{").endsWith("}");
    }

    @Test
    void elementsKeepTheirText() {
        assertThat(JsonSlice.of("[ -0 , \"a\" ,[],{} , [[1]] ]").elements(10))
                .extracting(JsonSlice::toString)
                .containsExactly("-0", "\"a\"", "[]", "{}", "[[1]]");
        assertThat(JsonSlice.of("[]").elements(10)).isEmpty();
        assertThat(JsonSlice.of("{ }").members(10)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1:0", "\"[\":0", "[]:1", "{}:1", "[[],[[]],1]:3", "{\"a\":[{\"b\":{}}],\"c\":1}:4"})
    void countsLevelsOfNesting(String textAndDepth) {
        int colon = textAndDepth.lastIndexOf(':');

        assertThat(JsonSlice.of(textAndDepth.substring(0, colon)).depth())
                .isEqualTo(Integer.parseInt(textAndDepth.substring(colon + 1)));
    }

    @Test
    void acceptsAnyNesting() {
        int levels = 1_000_000;

        JsonSlice deep = JsonSlice.of("[".repeat(levels) + "]".repeat(levels));

        assertThat(deep.depth()).isEqualTo(levels);
        assertThat(deep.elements(10)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[",
                "{",
                "[1",
                "[1,",
                "[1,]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{1:1}",
                "[1}",
                "{\"a\":1]",
                "]",
                "[]]",
                "1 2",
                "01",
                "\"",
                "\"\t\"",
                "nul",
                "[,1]",
                "[[1]",
                "{\"a\":[}]",
                "{\"a\":1 \"b\":2}",
                "[1 2]"
            })
    void rejectsInvalidJson(String text) {
        assertThatThrownBy(() -> JsonSlice.of(text)).isInstanceOf(JsonException.class);
    }

    @Test
    void acceptsTheSameTextsAsTheReader() {
        Random random = new Random(5);
        String alphabet = "{}[],:\"a1 \\n-.e";
        for (int i = 0; i < 300_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(9);
            for (int c = 0; c < length; c++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertThat(isSlice(text.toString())).as("%s", text).isEqualTo(isDocument(text.toString()));
        }
    }

    private static boolean isSlice(String text) {
        try {
            JsonSlice.of(text);
            return true;
        } catch (JsonException e) {
            return false;
        }
    }

    private static boolean isDocument(String text) {
        try {
            Json.parse(text);
            return true;
        } catch (JsonException e) {
            return false;
        }
    }
}
