package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Properties of any text that is read as a user, and of any flags evaluated for it. */
class UserReadingPropertiesTest {

    private static final int CASES = 2_000;

    @Test
    void treesOfRandomUsersEqualTheirParsedTexts() {
        Invariant.check(CASES, choices -> {
            RandomUser user = RandomUser.make(choices);
            choices.note("user", user.text());

            assertThat(NaiveInterpreter.text(JacksonTree.parse(user.text())))
                    .isEqualTo(NaiveInterpreter.text(user.tree()));
            assertThat(NaiveInterpreter.text(Json.parse(user.text()))).isEqualTo(NaiveInterpreter.text(user.tree()));
        });
    }

    @Test
    void flagsSelectTheSameFromTextAndTree() {
        Invariant.check(CASES, choices -> {
            RandomUser user = RandomUser.make(choices);
            checkReading(choices, user.text(), user.tree());
        });
    }

    @Test
    void readsOrRejectsDamagedTextLikeOtherParsers() {
        Invariant.check(CASES / 2, choices -> {
            String text = damaged(RandomUser.make(choices).text(), choices);
            Object tree = JacksonTree.parse(text);
            if (tree instanceof Map) {
                checkReading(choices, text, Vectors.object(tree));
            } else {
                choices.note("user", text);
                CompiledFlags flags = Engine.compile(RandomFlags.any(choices, Map.of("user", Map.of("a", 1L))));
                for (EvaluationPlan plan : plans(flags, choices)) {
                    checkRejection(plan, text);
                }
            }
        });
    }

    private static void checkReading(Choices choices, String text, Map<String, @Nullable Object> tree) {
        String userId = choices.chance(10) ? choices.oneOf(RandomJson.TEXTS) : null;
        String deviceId = choices.chance(10) ? choices.oneOf(RandomJson.TEXTS) : null;
        NaiveUser expected = NaiveUser.of(tree, userId, deviceId);
        List<Map<String, @Nullable Object>> flags = RandomFlags.any(choices, expected.context());
        CompiledFlags compiled = Engine.compile(flags);
        choices.note("user", text);
        choices.note("ids", userId + " " + deviceId);
        choices.note("flags", Json.write(flags));
        for (EvaluationPlan plan : plans(compiled, choices)) {
            EvaluationContext context = plan.read(text, userId, deviceId);

            Evaluation evaluation = Evaluation.of(context);

            choices.note("plan", plan.keys());
            assertThat(Engine.results(evaluation)).isEqualTo(Engine.naiveResults(flags, plan, expected.context()));
            assertThat(context.userId()).isEqualTo(expected.text("user_id"));
            assertThat(context.deviceId()).isEqualTo(expected.text("device_id"));
            assertThat(context.groups()).isEqualTo(expected.groups());
        }
    }

    private static void checkRejection(EvaluationPlan plan, String text) {
        JsonException rejection =
                Objects.requireNonNull(catchThrowableOfType(JsonException.class, () -> plan.read(text, null, null)));
        assertThat(rejection.offset()).isBetween(0, text.length());
        assertThat(rejection.path()).startsWith("$");
        assertThat(rejection.getMessage()).isNotBlank();
    }

    /** Plans for all flags, one flag, and none. */
    private static List<EvaluationPlan> plans(CompiledFlags flags, Choices choices) {
        List<String> keys = flags.planAll().keys();
        List<String> one = keys.isEmpty() ? List.of() : List.of(choices.oneOf(keys));
        return List.of(flags.planAll(), flags.plan(one), flags.plan(List.of()));
    }

    private static String damaged(String text, Choices choices) {
        int from = choices.below(text.length() + 1);
        int end = Math.min(text.length(), from + choices.below(3));
        String put = choices.chance(30) ? "" : choices.oneOf(DAMAGE);
        return choices.chance(10) ? text.substring(0, from) : text.substring(0, from) + put + text.substring(end);
    }

    private static final List<String> DAMAGE = List.of(
            ",",
            ":",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            "0",
            "-",
            ".",
            "e",
            "+",
            "1",
            "01",
            "-.",
            "t",
            "tru",
            "null",
            "NaN",
            "u",
            "\\u00",
            "\\ud8",
            "\\x",
            "\n",
            "\t",
            "\u0000",
            "\u00a0",
            "\ud800",
            "//",
            "/**/",
            "'",
            "a",
            "{}",
            "[]",
            "\"a\":1,");
}
