package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Properties of any flags and any context. */
class EvaluationPropertiesTest {

    private static final int CASES = 1_000;

    @Test
    void agreesWithTheNaiveInterpreterOnFlagsAsListed() {
        Coverage coverage = new Coverage();

        Invariant.check(3 * CASES, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            List<Map<String, @Nullable Object>> flags = noted(choices, RandomFlags.any(choices, context));
            CompiledFlags compiled = Engine.compile(flags);

            Evaluation evaluation = Engine.evaluate(compiled.planAsListed(), context);

            Map<String, NaiveInterpreter.Result> expected =
                    new NaiveInterpreter(coverage::count).evaluate(flags, context);
            assertThat(Engine.results(evaluation)).isEqualTo(Engine.trees(expected));
            assertThat(evaluation.failures()).isEmpty();
        });

        coverage.requireEverything();
    }

    @Test
    void agreesWithTheNaiveInterpreterOnTheOrderOfAnyPlan() {
        Invariant.check(CASES, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            List<Map<String, @Nullable Object>> flags = noted(choices, RandomFlags.any(choices, context));
            List<String> keys = new ArrayList<>(NaiveInterpreter.keysWithoutCycles(flags));
            CompiledFlags compiled = Engine.compile(flags);
            List<String> asked = choices.listOf(3, () -> choices.oneOf("f0", "f1", "f2", "f3", "a", "missing"));
            choices.note("asked", asked);

            checkPlan(flags, compiled.planAll(), keys, context);
            checkPlan(
                    flags,
                    compiled.plan(asked),
                    asked.stream().filter(keys::contains).toList(),
                    context);
        });
    }

    private static void checkPlan(
            List<Map<String, @Nullable Object>> flags,
            EvaluationPlan plan,
            List<String> keys,
            Map<String, @Nullable Object> context) {
        List<?> sorted = keys.isEmpty() ? List.of() : NaiveInterpreter.sort(flags, keys);
        assertThat(plan.keys())
                .isEqualTo(sorted.stream()
                        .map(flag -> ((Map<?, ?>) flag).get("key"))
                        .toList());
        assertThat(Engine.results(Engine.evaluate(plan, context)))
                .isEqualTo(Engine.trees(new NaiveInterpreter().evaluate(sorted, context)));
    }

    @Test
    void aFlagHasTheSameVariantAloneAndAmongAllFlags() {
        Invariant.check(CASES, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            CompiledFlags flags = Engine.compile(noted(choices, RandomFlags.orderly(choices, context)));
            Map<String, @Nullable Object> all = Engine.results(Engine.evaluate(flags.planAll(), context));

            for (String key : flags.planAll().keys()) {
                Evaluation alone = Engine.evaluate(flags.plan(List.of(key)), context);

                assertThat(Engine.results(alone).get(key)).as(key).isEqualTo(all.get(key));
            }
        });
    }

    @Test
    void listOrderDoesNotAffectFlagsThatDeclareTheirDependencies() {
        Invariant.check(CASES, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            List<Map<String, @Nullable Object>> flags = noted(choices, RandomFlags.orderly(choices, context));
            CompiledFlags listed = Engine.compile(flags);
            CompiledFlags shuffled = Engine.compile(choices.shuffled(flags));

            assertThat(Engine.results(Engine.evaluate(shuffled.planAll(), context)))
                    .isEqualTo(Engine.results(Engine.evaluate(listed.planAll(), context)));
        });
    }

    @Test
    void equalInputsHaveEqualEncodedResults() {
        Invariant.check(CASES / 2, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            List<Map<String, @Nullable Object>> flags = noted(choices, RandomFlags.any(choices, context));
            CompiledFlags first = Engine.compile(flags);
            CompiledFlags second = Engine.compile(flags);
            byte[] answer = Engine.evaluate(first.planAll(), context).encode(AnswerShape.V2);

            assertThat(Engine.evaluate(first.planAll(), context).encode(AnswerShape.V2))
                    .isEqualTo(answer);
            assertThat(Engine.evaluate(second.planAll(), context).encode(AnswerShape.V2))
                    .isEqualTo(answer);
        });
    }

    @Test
    void aReusedEvaluationKeepsNoState() {
        Invariant.check(CASES / 2, choices -> {
            Evaluation reused = new Evaluation();
            for (int i = 0; i < 3; i++) {
                Map<String, @Nullable Object> context = contextOf(choices);
                CompiledFlags flags = Engine.compile(noted(choices, RandomFlags.any(choices, context)));
                EvaluationContext prepared = flags.planAsListed().contextOf(context);

                assertThat(Engine.results(reused.evaluate(prepared)))
                        .isEqualTo(Engine.results(Evaluation.of(prepared)));
            }
        });
    }

    @Test
    void explanationsHaveTheResultsOfEvaluations() {
        Invariant.check(CASES / 2, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            CompiledFlags flags = Engine.compile(noted(choices, RandomFlags.any(choices, context)));
            EvaluationContext prepared = flags.planAsListed().contextOf(context);
            Evaluation explained = new Evaluation();

            List<Explanation> explanations = explained.explain(prepared);

            Map<String, @Nullable Object> results = new LinkedHashMap<>();
            for (Explanation explanation : explanations) {
                EvaluatedVariant variant = explanation.variant();
                if (variant != null) {
                    results.put(explanation.flagKey(), variant.asTree());
                }
            }
            assertThat(results).isEqualTo(Engine.results(explained));
            assertThat(results).isEqualTo(Engine.results(Evaluation.of(prepared)));
        });
    }

    @Test
    void encodedResultsAreTheJsonOfTheResults() {
        Invariant.check(CASES / 2, choices -> {
            Map<String, @Nullable Object> context = contextOf(choices);
            List<Map<String, @Nullable Object>> flags = noted(choices, RandomFlags.any(choices, context));
            CompiledFlags compiled = Engine.compile(flags);

            byte[] answer = Engine.evaluate(compiled.planAll(), context).encode(AnswerShape.V2);

            Map<String, @Nullable Object> expected = Engine.naiveResults(flags, compiled.planAll(), context);
            expected.values().removeIf(result -> isHidden(Vectors.object(result)));
            expected.values().forEach(result -> Vectors.object(result)
                    .computeIfPresent("value", (name, value) -> NaiveInterpreter.text(Objects.requireNonNull(value))));
            assertThat(new String(answer, StandardCharsets.UTF_8))
                    .isEqualTo(new String(
                            NaiveInterpreter.text(expected).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        });
    }

    private static boolean isHidden(Map<String, @Nullable Object> result) {
        return result.get("metadata") instanceof Map<?, ?> metadata && Boolean.FALSE.equals(metadata.get("deployed"));
    }

    @Test
    void noContextMakesAnEvaluationThrow() {
        Invariant.check(CASES / 2, choices -> {
            Map<String, @Nullable Object> context = RandomContext.make(choices);
            context.put("hostile", new RandomJson(choices).object(3));
            List<Map<String, @Nullable Object>> flags = RandomFlags.any(choices, context);
            CompiledFlags compiled = Engine.compile(flags);
            context.put("hostile", hostile(choices));

            Evaluation evaluation = Engine.evaluate(compiled.planAsListed(), context);

            assertThat(JacksonTree.parse(new String(evaluation.encode(AnswerShape.V1), StandardCharsets.UTF_8)))
                    .isInstanceOf(Map.class);
            assertThat(flags)
                    .extracting(flag -> flag.get("key"))
                    .containsAll(Engine.results(evaluation).keySet());
        });
    }

    private static @Nullable Object hostile(Choices choices) {
        Object value = new RandomJson(choices).value(2);
        return switch (choices.below(5)) {
            case 0 -> choices.oneOf(RandomJson.TEXTS).repeat(1 + choices.below(10_000));
            case 1 ->
                choices.oneOf("[", "]", "[\"", "\\", "[[1],", "1.", "9", "-", "a", "\ud800")
                        .repeat(choices.below(50_000));
            case 2 ->
                "[".repeat(choices.below(2 * Json.MAX_DEPTH)) + "1" + "]".repeat(choices.below(2 * Json.MAX_DEPTH));
            case 3 -> nested(choices, value);
            default -> new ArrayList<>(Collections.nCopies(choices.below(2_000), value));
        };
    }

    private static @Nullable Object nested(Choices choices, @Nullable Object value) {
        Object nested = value;
        for (int i = 0; choices.more(i, Json.MAX_DEPTH - 1); i++) {
            if (choices.chance(50)) {
                List<@Nullable Object> list = new ArrayList<>();
                list.add(nested);
                nested = list;
            } else {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                object.put(choices.oneOf("", "a"), nested);
                nested = object;
            }
        }
        return nested;
    }

    private static Map<String, @Nullable Object> contextOf(Choices choices) {
        Map<String, @Nullable Object> context = RandomContext.make(choices);
        choices.note("context", Json.write(context));
        return context;
    }

    private static List<Map<String, @Nullable Object>> noted(
            Choices choices, List<Map<String, @Nullable Object>> flags) {
        choices.note("flags", Json.write(flags));
        return flags;
    }
}
