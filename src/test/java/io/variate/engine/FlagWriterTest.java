package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.BoundedPattern;
import io.variate.engine.patterns.PatternMatching;
import io.variate.engine.patterns.PortablePattern;
import io.variate.json.Json;
import io.variate.json.JsonWriter;
import io.variate.json.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagWriterTest {

    private static final int CASES = 1_500;

    @Test
    void writesAllFieldsOfAFlag() {
        String flag = """
                {"key":"f","dependencies":["g"],"metadata":{"flagVersion":7},"segments":[{"conditions":[[{"op":"is",\
                "selector":["result","g","key"],"values":["on"]}]],"bucket":{"selector":["context","user","user_id"],\
                "salt":"s","allocations":[{"range":[0,40],"distributions":[{"variant":"on","range":[0,42949673]}]}]},\
                "variant":"off","metadata":{"segmentName":"n"}}],"variants":{"on":{"key":"on","value":"on","payload":\
                {"a":1},"metadata":{"m":1}},"off":{"key":"off"}}}""";

        assertThat(written(Samples.read(flag))).isEqualTo(flag);
    }

    @Test
    void omitsEmptyOptionalFieldsAndFieldsUnknownToSdks() {
        assertThat(written(Samples.read("""
                {"key":"f","dependencies":[],"metadata":{},"id":7,
                 "segments":[{"conditions":null,"bucket":null,"variant":null,"metadata":{},"name":"x"}],
                 "variants":{"on":{"key":"on","value":null,"payload":null,"metadata":null,"weight":1}}}
                """)))
                .isEqualTo("{\"key\":\"f\",\"segments\":[{}],\"variants\":{\"on\":{\"key\":\"on\"}}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1|'1'", "1.0|'1.0'", "true|'true'", "[1]|'[1]'", "{\"a\":1}|'{\\\"a\\\":1}'"})
    void writesValuesAsText(String value, String text) {
        Flag flag = Samples.read(
                "{\"key\":\"f\",\"segments\":[],\"variants\":{\"on\":{\"key\":\"on\",\"value\":" + value + "}}}");

        assertThat(written(flag)).contains("\"value\":\"" + text + "\"");
    }

    @Test
    void writesFilterValuesAsText() {
        Flag flag = Samples.flag("f", """
                [{"conditions":[[{"selector":["context","p"],"op":"is","values":[1,2.5,true]}]],"variant":"on"}]""");

        assertThat(written(flag)).contains("\"values\":[\"1\",\"2.5\",\"true\"]");
    }

    @Test
    void omitsSegmentsThatMatchNoUser() {
        Flag flag = Samples.flag("f", "[{\"conditions\":[],\"variant\":\"on\"},{\"variant\":\"off\"}]");

        assertThat(written(flag)).contains("\"segments\":[{\"variant\":\"off\"}]");
    }

    @Test
    void omitsConditionsOfSegmentsThatMatchEveryUser() {
        Flag flag = Samples.flag("f", "[{\"conditions\":[[]],\"variant\":\"on\"}]");

        assertThat(written(flag)).contains("\"segments\":[{\"variant\":\"on\"}]");
    }

    @Test
    void writesNoNegativeOrEmptyRanges() {
        Flag flag = Samples.flag("f", """
                [{"bucket":{"selector":["context","user","user_id"],"salt":"","allocations":[
                   {"range":[7,7],"distributions":[{"variant":"on","range":[0,9]}]},
                   {"range":[-5,50],"distributions":[{"variant":"on","range":[9,2]},{"variant":"on","range":[-1,9]}]}]},
                  "variant":"off"}]""");

        assertThat(written(flag))
                .contains("\"allocations\":[{\"range\":[0,50],"
                        + "\"distributions\":[{\"variant\":\"on\",\"range\":[0,9]}]}]");
    }

    @Test
    void omitsBucketsWithoutAReachableShare() {
        Flag flag = Samples.flag("f", """
                [{"bucket":{"selector":["context","user","user_id"],"salt":"","allocations":[
                   {"range":[0,100],"distributions":[]}]},"variant":"off"}]""");

        assertThat(written(flag)).contains("\"segments\":[{\"variant\":\"off\"}]");
    }

    @ParameterizedTest
    @CsvSource({
        "a, ^(?:a)$",
        "a|b, ^(?:a|b)$",
        "^a, ^(?:^a)$",
        "^a|b$, ^(?:^a|b$)$",
        "^a\\$, ^(?:^a\\$)$",
        "(?i)a, ^(?:[Aa])$",
        "'', ^(?:)$",
    })
    void addsAnchorsToPatterns(String pattern, String anchored) {
        assertThat(valuesOf("regex match", pattern)).containsExactly(anchored);
        assertThat(valuesOf("regex does not match", pattern)).containsExactly(anchored);
    }

    @ParameterizedTest
    @ValueSource(strings = {"^a$", "^(?:a|b$", "a)b(", "[", "(?m)^a"})
    void keepsPatternsThatHaveOrCannotHaveAnchors(String pattern) {
        assertThat(valuesOf("regex match", pattern)).containsExactly(pattern);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "(?i)chrome/1 ^(?:[Cc][Hh][Rr][Oo][Mm][Ee]/1)$",
                "(?i:[a-c])x ^(?:(?:[A-Ca-c])x)$",
                "(?s)a.b ^(?:a[\\s\\S]b)$",
                "a++b ^(?:a+b)$",
                "\\d*+ ^(?:[0-9]*)$",
                "(?>abc)d ^(?:(?:abc)d)$",
                "(?<year>\\d{4})-\\k<year> ^(?:([0-9]{4})-(?:\\1))$",
                "\\Qa.b\\E ^(?:a\\.b)$",
                "\\Aa\\z ^a$",
                "\\Aa|b\\Z ^(?:^a|b$)$",
                "\\p{Alpha}+ ^(?:[A-Za-z]+)$",
                "[a-z&&[^aeiou]] ^(?:[b-df-hj-np-tv-z])$",
                "[a-c[x-z]] ^(?:[a-cx-z])$",
                "\\x{41}\\u0042\\e ^(?:AB\\x1b)$",
                "a{2}{3} ^(?:a{2})$",
            })
    void rewritesConstructsThatOtherLanguagesLack(String pattern, String portable) {
        assertThat(valuesOf("regex match", pattern)).containsExactly(portable);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?iu)\u00e4",
                "(?U)\\w",
                "a++a",
                "(?>a|ab)c",
                "\\p{L}",
                "[\\p{L}&&[^x]]",
                "(?m)^a$",
                "\\X",
                "(?<=a{1,3})b",
                "a**"
            })
    void aPatternWithoutAPortableFormBreaksCallsOfSomeSdk(String pattern) {
        assertThat(FlagPortability.of(Samples.conditional("regex match", pattern), "")
                        .breaksCalls())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?=a)a", "(a)\\1", "(?!b)a", "a{1001}"})
    void warnsOfAPatternThatOnlyGoLacks(String pattern) {
        FlagPortability portability =
                FlagPortability.of(Samples.conditional("regex does not match", pattern), "flags[2]");

        assertThat(portability.breaksCalls()).isFalse();
        assertThat(portability.warnings())
                .extracting(Problem::path)
                .containsExactly("flags[2].segments[0].conditions[0][0].values[0]");
    }

    @Test
    void aRewrittenPatternMatchesTheSameTexts() {
        List<String> texts = List.of("", "a", "A", "ab", "aab", "b-", "é", "1", "\r\n", "]", "a a", "Aa*]", "_", "^");
        PatternMatching matching = new PatternMatching(20_000);
        Invariant.check(3_000, choices -> {
            String pattern = RandomPattern.make(choices);
            PortablePattern portable = PortablePattern.of(pattern);
            choices.note("pattern", pattern);
            choices.note("portable", portable.text());
            if (!portable.obstacles().isEmpty()) {
                return;
            }
            for (String text : texts) {
                Boolean before = matches(matching, pattern, text);
                Boolean after = matches(matching, portable.text(), text);
                if (before != null && after != null) {
                    assertThat(after).as(text).isEqualTo(before);
                }
            }
        });
    }

    /** Returns whether the pattern matches; null if that takes too long. */
    private static @Nullable Boolean matches(PatternMatching matching, String pattern, String text) {
        matching.beginEvaluation();
        matching.beginCondition();
        try {
            return matching.matches(BoundedPattern.compile(pattern), text);
        } catch (AbandonedMatch | BoundedPattern.RejectedException undecided) {
            return null;
        }
    }

    @Test
    void writesAnAlternativeForAMissingProperty() {
        Flag flag = Samples.conditional("set is not", "a");

        assertThat(Json.write(Json.parse(written(flag))))
                .contains(
                        "[[{\"op\":\"set is not\",\"selector\":[\"context\",\"p\"],\"values\":[\"a\"]}],"
                                + "[{\"op\":\"set is\",\"selector\":[\"context\",\"p\"],\"values\":[\"(none)\",\"(missing)\"]}]]");
    }

    @Test
    void flagsOfThePublicVectorsEvaluateTheSameAfterWritingAndReading() {
        for (Map<String, @Nullable Object> vector : Vectors.read("evaluation-public.jsonl.gz")) {
            if (!vector.containsKey("error")) {
                List<Flag> flags = Vectors.flags(vector);
                Map<String, @Nullable Object> context = Vectors.object(vector.get("context"));

                assertThat(answer(readAgain(flags), context))
                        .as("%s", vector.get("id"))
                        .isEqualTo(answer(flags, context));
            }
        }
    }

    @Test
    void flagsEvaluateTheSameAfterWritingAndReading() {
        Invariant.check(CASES, choices -> {
            Map<String, @Nullable Object> context = RandomContext.make(choices);
            List<Map<String, @Nullable Object>> trees = RandomFlags.any(choices, context);
            trees.forEach(FlagWriterTest::simplify);
            choices.note("context", Json.write(context));
            choices.note("flags", Json.write(trees));
            CompiledFlags flags = Engine.compile(trees);
            List<Flag> sound = flags.planAll().flags();

            CompiledFlags again = CompiledFlags.compile(readAgain(sound));

            assertThat(encoded(Engine.evaluate(again.planAsListed(), context)))
                    .isEqualTo(encoded(Engine.evaluate(flags.planAll(), context)));
        });
    }

    /**
     * Removes the losses of writing: selectors that lead into a value, and numbers beyond the range of doubles, which
     * JSON lacks.
     */
    @SuppressWarnings("unchecked")
    private static void simplify(Map<String, @Nullable Object> flag) {
        for (Object each : Vectors.object(flag.get("variants")).values()) {
            Map<String, Object> variant = (Map<String, Object>) each;
            variant.computeIfPresent(
                    "value",
                    (name, value) -> value instanceof Map || value instanceof List ? Json.write(value) : value);
            variant.computeIfPresent(
                    "payload", (name, payload) -> JsonWriter.isNonFinite(payload) ? "beyond" : payload);
        }
    }

    private static List<String> valuesOf(String op, String pattern) {
        Flag again = Samples.read(written(Samples.conditional(op, pattern)));
        List<List<Condition>> alternatives =
                new ArrayList<>(Objects.requireNonNull(again.segments().get(0).conditions()));
        return alternatives.get(0).get(0).values();
    }

    private static List<Flag> readAgain(List<Flag> flags) {
        return flags.stream().map(flag -> Samples.read(written(flag))).toList();
    }

    private static String written(Flag flag) {
        StringBuilder out = new StringBuilder();
        FlagWriter.write(flag, out);
        return out.toString();
    }

    private static String answer(List<Flag> flags, Map<String, @Nullable Object> context) {
        return encoded(Engine.evaluate(CompiledFlags.compile(flags).planAsListed(), context));
    }

    private static String encoded(Evaluation evaluation) {
        return new String(evaluation.encode(AnswerShape.V2), StandardCharsets.UTF_8);
    }
}
