package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.BoundedPattern;
import io.variate.engine.patterns.PatternMatching;
import io.variate.json.Json;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns that would block a thread for hours with work that character reads do not measure. */
@Timeout(120)
class HostilePatternTest {

    /** Not a measure of speed: unbounded, each of these patterns needs hours. */
    private static final Duration GUARD = Duration.ofSeconds(60);

    private static final List<String> TEXTS =
            List.of("", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "a".repeat(3_000), "\n");

    static List<String> rejected() {
        return List.of(
                "((((){1000}){1000}){1000}){1000}",
                "(((((){1000}){1000}){1000}){1000}){0,1000}x",
                "(){2147483647}",
                "(?:){2000000000}",
                "{2000000000}",
                "(?:(?:^){100000}){100000}",
                "(?:(?=){100000}){100000}b",
                "(?:\\b{0}(?:){60000}){60000}",
                "(?:(?>){60000}){60000}",
                "(a?)(?:\\1{60000}){60000}b",
                "(|)".repeat(60) + "x",
                "(?:a*|b*)".repeat(60) + "x",
                "(?=" + "(?:|)".repeat(50) + "y)",
                "(?<!" + "(|)".repeat(50) + "y)",
                "(?x) ( | ) {1} ".repeat(50) + "x",
                "(?:(?:a{0,100000}){100000}){100000}",
                "(?<=(?:^|){20}.{0,999999})",
                "(".repeat(300) + ")".repeat(300),
                "(".repeat(20_000) + ")".repeat(20_000),
                "[a".repeat(300) + "]".repeat(300),
                "a|".repeat(40_000),
                "(?c)[\u00e9]*");
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectsPatternsThatLoopWithoutReadingACharacter(String pattern) {
        CompiledFlags flags = assertTimeoutPreemptively(
                GUARD,
                () -> CompiledFlags.compile(
                        List.of(Samples.conditional("regex match", pattern), Samples.on("other flag"))));

        assertThat(flags.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.isError()).isTrue();
            assertThat(problem.path()).endsWith(".segments[0].conditions[0][0].values[0]");
            assertThat(problem.reason()).startsWith("the pattern is invalid");
        });
        for (String text : TEXTS) {
            Evaluation evaluation = assertTimeoutPreemptively(
                    GUARD, () -> Evaluation.of(flags.planAll().contextOf(Map.of("p", text))));
            assertThat(Samples.keys(evaluation)).containsExactly("other flag");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((){1000}){300}",
                "(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)x",
                "(?:(a)?(b)?(|)(|)(|)(|)){0,1000}x",
                "((a*)*(b*)*(c*)*(d*)*)*x",
                "(?:a?){900}a{900}",
                "(.*)\\1{1000}(.*)\\2{1000}x",
                "(?:(?=.*x)|(?<=a{0,500})|\\b.)*",
                "[a&&[^b&&[^c&&[^d]]]]*(?:|a)*x",
                "(?:(?:(?:(?:(?:a|){0,9}){0,9}){0,9}){0,9}){0,9}x",
                "(?i:(?:A|a|){0,1000})*!"
            })
    void expensivePatternsEndWithinTheirBudget(String pattern) {
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.conditional("regex match", pattern)));

        assertThat(flags.problems()).isEmpty();
        for (String text : TEXTS) {
            assertTimeoutPreemptively(GUARD, () -> Evaluation.of(flags.planAll().contextOf(Map.of("p", text))));
        }
    }

    @Test
    void countsADefectOfTheLibraryAsAnAbandonedMatch() {
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.conditional("regex match", "[\\da&&&[a]]")));

        Evaluation evaluation = Evaluation.of(flags.planAll().contextOf(Map.of("p", "1")));

        assertThat(evaluation.failures()).isEmpty();
        assertThat(evaluation.abandonedMatches()).isEqualTo(hasDefect("[\\da&&&[a]]") ? 1 : 0);
    }

    /** Java 17 compiles the pattern but fails to match it; Java 25 does not compile it. */
    private static boolean hasDefect(String pattern) {
        try {
            Pattern.compile(pattern).matcher("1").find();
            return false;
        } catch (PatternSyntaxException e) {
            return false;
        } catch (NullPointerException e) {
            return true;
        }
    }

    @Test
    void chargesEachMatchOfAListOfEmptyTexts() {
        List<String> patterns =
                Collections.nCopies(1_000, "a").stream().distinct().toList();
        Condition condition = new Condition(List.of("context", "user", "user_id"), "regex match", patterns);
        String list = Json.write(Collections.nCopies(10_000, ""));
        Flag flag = new Flag(
                "f",
                Map.of("on", new Variant("on", null, null, null)),
                List.of(new Segment(List.of(List.of(condition)), null, "on", null)),
                List.of(),
                null);

        Evaluation evaluation = new Evaluation(5_000)
                .evaluate(CompiledFlags.compile(List.of(flag)).planAll().read(null, list, null));

        assertThat(evaluation.abandonedMatches()).isEqualTo(1);
    }

    @Test
    void chargesALargeClassForItsParts() {
        String ranges = "";
        for (int i = 0; i < 2_000; i++) {
            ranges += Character.toString(0x1000 + 3 * i) + "-" + Character.toString(0x1001 + 3 * i);
        }
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.conditional("regex match", "[" + ranges + "]*x")));

        assertThat(flags.problems()).isEmpty();
        assertThat(Evaluation.of(flags.planAll().contextOf(Map.of("p", "\u1000".repeat(3_000))))
                        .abandonedMatches())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)*\\.[a-z]{2,}$",
                "(?i)(?:iphone|ipad|ipod).*",
                "\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2})?Z?)?",
                "(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}",
                "(\\s*[^,]*\\s*,?)*",
                "(?:[a-z]+[!?])*",
                "\\p{L}+(?:[ '-]\\p{L}+)*"
            })
    void chargesOrdinaryPatternsOneStepPerCharacterRead(String pattern) throws BoundedPattern.RejectedException {
        assertThat(BoundedPattern.compile(pattern).readCost()).isEqualTo(1);
    }

    @Test
    void analyzesEveryPatternThatTheLibraryAcceptsAndBoundsItsCost() {
        PatternMatching matching = new PatternMatching(20_000);
        Invariant.check(3_000, choices -> {
            String pattern = RandomPattern.make(choices);
            choices.note("pattern", pattern);
            BoundedPattern bounded;
            try {
                Pattern.compile(pattern);
                bounded = BoundedPattern.compile(pattern);
            } catch (PatternSyntaxException invalid) {
                return;
            } catch (BoundedPattern.RejectedException rejected) {
                assertThat(rejected).hasMessageContaining("steps without reading a character");
                return;
            }
            assertThatCode(() -> assertTimeoutPreemptively(GUARD, () -> {
                        for (String text : TEXTS) {
                            matching.beginEvaluation();
                            matching.beginCondition();
                            try {
                                matching.matches(bounded, text);
                            } catch (AbandonedMatch ended) {
                                assertThat(matching.takeAbandonedCount()).isPositive();
                            }
                        }
                    }))
                    .doesNotThrowAnyException();
        });
    }
}
