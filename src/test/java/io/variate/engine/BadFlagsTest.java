package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Json;
import io.variate.json.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid and unusual flags: rejected or reported with path and reason, without affecting other flags. */
@Timeout(60)
class BadFlagsTest {

    private static final int TEN_MEGABYTES = 10_000_000;

    @Test
    void acceptsOrRejectsAnyJsonWithPathsAndReasons() {
        Invariant.check(1_500, choices -> {
            Object tree = damaged(wellFormed(choices), choices);
            choices.note("flag", Json.write(tree));

            FlagReading reading = FlagReader.read(tree, "flags[3]");

            if (reading instanceof FlagReading.Rejected rejected) {
                assertThat(rejected.problems()).isNotEmpty().allSatisfy(problem -> {
                    assertThat(problem.path()).startsWith("flags[3]");
                    assertThat(problem.reason()).isNotBlank();
                });
            } else if (reading instanceof FlagReading.Accepted accepted) {
                checkUse(accepted.flag(), choices);
            }
        });
    }

    /** An accepted flag can be compiled, evaluated and explained next to another flag without affecting it. */
    private static void checkUse(Flag flag, Choices choices) {
        CompiledFlags flags = CompiledFlags.compile(List.of(flag, Samples.on("other flag")));
        Evaluation evaluation = new Evaluation();
        EvaluationContext context = flags.planAsListed().contextOf(RandomContext.make(choices));

        assertThat(evaluation.explain(context)).hasSize(2);
        assertThat(evaluation.failures()).isEmpty();
        assertThat(JacksonTree.parse(new String(evaluation.encode(AnswerShape.V2), StandardCharsets.UTF_8)))
                .isInstanceOf(Map.class);
        assertThat(Samples.keys(evaluation)).contains("other flag");
    }

    private static Object wellFormed(Choices choices) {
        return RandomFlags.any(choices, RandomContext.make(choices)).get(0);
    }

    /** Returns the tree with random values in some positions. */
    private static @Nullable Object damaged(@Nullable Object tree, Choices choices) {
        if (choices.chance(4)) {
            return new RandomJson(choices).value(2);
        }
        if (tree instanceof Map<?, ?> members) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((key, value) -> copy.put((String) key, damaged(value, choices)));
            copy.keySet().removeIf(key -> choices.chance(2));
            return copy;
        }
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(damaged(element, choices)));
            return copy;
        }
        return tree;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # flag                                                           | place                                          | reason
            7                                                                | flags[0]                                       | must be an object
            {"key":null,"variants":{},"segments":[]}                         | flags[0].key                                   | is required
            {"key":"f","variants":{"a.b":{"key":1}},"segments":[]}           | flags[0].variants["a.b"].key                   | must be a string
            {"key":"f","variants":{"":null},"segments":[]}                   | flags[0].variants[""]                          | must be an object
            {"key":"f","variants":{},"segments":"all"}                       | flags[0].segments                              | must be an array
            {"key":"f","variants":{},"segments":[{"conditions":{}}]}         | flags[0].segments[0].conditions                | must be an array
            {"key":"f","variants":{},"segments":[{"conditions":[[7]]}]}      | flags[0].segments[0].conditions[0][0]          | must be an object
            {"key":"f","variants":{},"segments":[],"dependencies":{}}        | flags[0].dependencies                          | must be an array
            {"key":"f","variants":{},"segments":[],"metadata":"m"}           | flags[0].metadata                              | must be an object
            """)
    void rejectsMalformedFlagsWithPathAndReason(String flag, String path, String reason) {
        assertThat(FlagReader.read(Json.parse(flag), "flags[0]"))
                .isInstanceOfSatisfying(FlagReading.Rejected.class, rejected -> {
                    assertThat(rejected.problems()).hasSize(1);
                    assertThat(rejected.problems().get(0).path()).isEqualTo(path);
                    assertThat(rejected.problems().get(0).reason()).contains(reason);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "1e400",
        "-1e400",
        "1.0",
        "0.5",
        "1e-1",
        "2147483648",
        "9223372036854775808",
        "\"NaN\"",
        "true",
        "null",
        "[]"
    })
    void rejectsBoundsThatAreNot32BitIntegers(String bound) {
        for (String range : List.of("[%s,50]", "[0,%s]")) {
            FlagReading reading = FlagReader.read(Json.parse(bucketed(range.formatted(bound))), "flags[0]");

            assertThat(reading)
                    .isInstanceOfSatisfying(FlagReading.Rejected.class, rejected -> assertThat(rejected.problems())
                            .containsExactly(new Problem(
                                    "flags[0].segments[0].bucket.allocations[0].range[%d]"
                                            .formatted(range.indexOf("%s") > 1 ? 1 : 0),
                                    "must be an integer between -2147483648 and 2147483647")));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # range               | variant
            []                    | off
            [0]                   | off
            [100]                 | off
            [50,50]               | off
            [100,0]               | off
            [100,200]             | off
            [-100,0]              | off
            [-1,100]              | on
            [0,100]               | on
            [0,1e2]               | on
            [0,100,0]             | on
            [-2147483648,2147483647] | on
            """)
    void assignsUsersByUnusualRanges(String range, String variant) {
        EvaluationPlan plan =
                CompiledFlags.compile(List.of(Samples.read(bucketed(range)))).planAll();

        assertThat(Evaluation.of(plan.read(null, "u", null)).get(0).key()).isEqualTo(variant);
    }

    private static String bucketed(String range) {
        return """
                {"key":"f","variants":{"on":{"key":"on"},"off":{"key":"off"}},"segments":[{"variant":"off","bucket":
                 {"selector":["context","user","user_id"],"salt":"s","allocations":[{"range":%s,"distributions":[
                  {"variant":"on","range":[0,42949673]}]}]}}]}
                """.formatted(range);
    }

    // Flags that compile but cannot work

    @Test
    void reportsAnUnknownOperatorThatNeverHolds() {
        for (String operator : List.of("glob match", "IS", "", "is ", "set", "versionless", "regexmatch")) {
            CompiledFlags flags = CompiledFlags.compile(List.of(Samples.conditional(operator, "a", "(none)")));

            assertThat(flags.problems()).hasSize(1).allSatisfy(problem -> {
                assertThat(problem.path()).isEqualTo("flags.probe.segments[0].conditions[0][0].op");
                assertThat(problem.reason()).contains("unknown operator");
            });
            assertThat(Evaluation.of(flags.planAll().contextOf(Map.of("p", "a")))
                            .size())
                    .isZero();
            assertThat(Evaluation.of(flags.planAll().contextOf(Map.of())).size())
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # flags: on which each depends   | left out
            a:a                              | a
            a:b b:a                          | a b
            a:b b:c c:d d:b e:               | a b c d
            a:missing b:a                    |
            a:b,b b:                         |
            a:b b: c:c,b                     | c
            a:b,c b:d c:d d:                 |
            """)
    void reportsAndSkipsFlagsThatDependOnACycle(String dependencies, @Nullable String skipped) {
        List<Flag> flags = new ArrayList<>();
        for (String flag : dependencies.split(" ", -1)) {
            String[] sides = flag.split(":", -1);
            flags.add(Samples.on(sides[0], sides[1].isEmpty() ? new String[0] : sides[1].split(",", -1)));
        }
        List<String> expected = skipped == null ? List.of() : List.of(skipped.split(" ", -1));

        CompiledFlags compiled = CompiledFlags.compile(flags);

        assertThat(compiled.problems())
                .extracting(Problem::path)
                .isEqualTo(expected.stream()
                        .map(key -> "flags." + key + ".dependencies")
                        .toList());
        assertThat(compiled.problems()).extracting(Problem::reason).allMatch(reason -> reason.contains("cycle"));
        assertThat(compiled.planAll().keys())
                .hasSize(flags.size() - expected.size())
                .noneMatch(expected::contains);
    }

    @Test
    void reportsACycleOfAHundredThousandFlags() {
        int length = 100_000;
        List<Flag> cycle = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            cycle.add(new Flag("f" + i, Map.of(), List.of(), List.of("f" + (i + 1) % length), null));
        }

        CompiledFlags flags = CompiledFlags.compile(cycle);

        assertThat(flags.problems()).hasSize(length);
        assertThat(flags.planAll().size()).isZero();
    }

    @Test
    void reportsTheIndexOfAnInvalidPatternAfterDuplicateValues() {
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.conditional("regex match", "a", "a", "(")));

        assertThat(flags.problems())
                .extracting(Problem::path)
                .containsExactly("flags.probe.segments[0].conditions[0][0].values[2]");
    }

    // Unusual but valid flags

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # values                  | property
            [1e400]                   | "Infinity"
            [1e400]                   | 1e400
            [-1e400]                  | -1e400
            [1e3]                     | 1000
            [1000]                    | 1e3
            [1.0]                     | "1.0"
            [-0]                      | "0"
            [-0.0]                    | -0.0
            [100000000000000000000]   | "1.0E20"
            [true]                    | "TRUE"
            ["\\ud800"]             | "\\ud800"
            ["[1]"]                   | "[ \\"[1]\\" ]"
            ["a","a"]                 | ["a"]
            """)
    void unusualFilterValuesEqualUnusualProperties(String values, String property) {
        Flag flag = Samples.read("""
                {"key":"f","variants":{"on":{"key":"on"}},"segments":[{"variant":"on","conditions":[[
                  {"selector":["context","p"],"op":"is","values":%s}]]}]}
                """.formatted(values));
        EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();

        assertThat(Evaluation.of(plan.contextOf(Vectors.object(Json.parse("{\"p\":" + property + "}"))))
                        .size())
                .isEqualTo(1);
    }

    @Test
    void acceptsTenMegabytesInAnyTextOfAFlag() {
        String text = "\u00e9[".repeat(TEN_MEGABYTES / 2);
        Flag flag = new Flag(
                text,
                Map.of(text, new Variant(text, text, text, Map.of(text, text))),
                List.of(new Segment(
                        List.of(List.of(new Condition(List.of("context", text), "contains", List.of(text)))),
                        new Bucket(List.of("context", text), text, List.of()),
                        text,
                        null)),
                List.of(text + "missing"),
                null);
        EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();

        Evaluation evaluation = Evaluation.of(plan.contextOf(Map.of(text, text)));

        assertThat(evaluation.get(0).key()).isEqualTo(text);
        assertThat(evaluation.encodedLength(AnswerShape.V2)).isGreaterThan(5 * TEN_MEGABYTES);
    }
}
