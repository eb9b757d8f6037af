package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Properties of random flags that change again and again. */
class RecompilationPropertiesTest {

    private static final int CASES = 24;
    private static final int GENERATIONS = 40;
    private static final int MAX_EDITS = 3;
    private static final List<String> KEYS = List.of("f0", "f1", "f2", "f3", "f4", "f5", "a", "missing");

    /** Names of cohorts and members are short, so that some are members. */
    private static final Membership MEMBERSHIP =
            (groupType, cohortId, member) -> (groupType + cohortId + member).hashCode() % 3 == 0;

    @Test
    void aRecompiledSetEqualsOneCompiledFromScratch() {
        Invariant.check(CASES, choices -> {
            Edits edits = new Edits(choices);
            List<Flag> flags = edits.initialFlags();
            List<Map<String, @Nullable Object>> users = List.of(edits.context, RandomContext.make(choices));
            CompiledFlags compiled = CompiledFlags.compile(flags);
            for (int i = 0; i < GENERATIONS; i++) {
                flags = edits.next(flags);
                compiled = compiled.recompile(flags);
                assertEqual(
                        compiled, CompiledFlags.compile(flags), users, choices.listOf(3, () -> choices.oneOf(KEYS)));
            }
        });
    }

    @Test
    void earlierSetsKeepTheirAnswers() {
        Invariant.check(CASES / 4, choices -> {
            Edits edits = new Edits(choices);
            List<List<Flag>> lists = new ArrayList<>(List.of(edits.initialFlags()));
            List<CompiledFlags> sets = new ArrayList<>(List.of(CompiledFlags.compile(lists.get(0))));
            for (int i = 1; i < GENERATIONS; i++) {
                lists.add(edits.next(lists.get(i - 1)));
                sets.add(sets.get(i - 1).recompile(lists.get(i)));
            }

            for (int i = 0; i < GENERATIONS; i++) {
                assertEqual(sets.get(i), CompiledFlags.compile(lists.get(i)), List.of(edits.context), KEYS);
            }
        });
    }

    @Test
    void oneSetMayHaveSeveralSuccessors() {
        Invariant.check(CASES / 4, choices -> {
            Edits edits = new Edits(choices);
            List<Flag> flags = edits.initialFlags();
            CompiledFlags compiled = CompiledFlags.compile(flags);
            for (int i = 0; i < GENERATIONS; i++) {
                List<Flag> first = edits.next(flags);
                List<Flag> second = edits.next(flags);
                CompiledFlags firstSet = compiled.recompile(first);
                CompiledFlags secondSet = compiled.recompile(second);

                assertEqual(firstSet, CompiledFlags.compile(first), List.of(edits.context), KEYS);
                assertEqual(secondSet, CompiledFlags.compile(second), List.of(edits.context), KEYS);
                flags = second;
                compiled = secondSet;
            }
        });
    }

    private static void assertEqual(
            CompiledFlags actual,
            CompiledFlags expected,
            List<Map<String, @Nullable Object>> users,
            List<String> requested) {
        assertThat(actual.problems()).isEqualTo(expected.problems());
        assertEqual(actual.planAll(), expected.planAll(), users);
        assertEqual(actual.planAsListed(), expected.planAsListed(), users);
        assertEqual(actual.plan(requested), expected.plan(requested), users);
        for (String key : KEYS) {
            assertEqual(actual.plan(List.of(key)), expected.plan(List.of(key)), users);
        }
    }

    private static void assertEqual(
            EvaluationPlan actual, EvaluationPlan expected, List<Map<String, @Nullable Object>> users) {
        assertThat(actual.keys()).isEqualTo(expected.keys());
        assertThat(actual.flags()).isEqualTo(expected.flags());
        for (Map<String, @Nullable Object> user : users) {
            assertThat(answers(actual.contextOf(user))).isEqualTo(answers(expected.contextOf(user)));
            String json = Json.write(user.get("user") instanceof Map<?, ?> members ? members : user);
            List<String> actualLookups = new ArrayList<>();
            List<String> expectedLookups = new ArrayList<>();
            assertThat(answers(actual.read(json, null, null, recorded(actualLookups))))
                    .isEqualTo(answers(expected.read(json, null, null, recorded(expectedLookups))));
            assertThat(actualLookups).isEqualTo(expectedLookups);
        }
    }

    private static Membership recorded(List<String> lookups) {
        return (groupType, cohortId, member) -> {
            lookups.add(groupType + ' ' + cohortId + ' ' + member);
            return MEMBERSHIP.contains(groupType, cohortId, member);
        };
    }

    /** Returns everything that clients can see of an evaluation. */
    private static List<Object> answers(EvaluationContext context) {
        Evaluation evaluation = new Evaluation();
        List<Object> answers = new ArrayList<>();
        evaluation.explain(context).forEach(explanation -> answers.add(ExplanationTree.of(explanation)));
        for (AnswerShape shape : AnswerShape.values()) {
            answers.add(new String(evaluation.evaluate(context).encode(shape), StandardCharsets.UTF_8));
        }
        return answers;
    }

    /** Random changes of lists of flags. */
    private static final class Edits {
        private final Choices choices;
        private final Map<String, @Nullable Object> context;

        Edits(Choices choices) {
            this.choices = choices;
            this.context = RandomContext.make(choices);
            choices.note("context", Json.write(context));
        }

        List<Flag> initialFlags() {
            List<Flag> flags = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                flags.addAll(someFlags());
            }
            return flags;
        }

        private List<Flag> someFlags() {
            return RandomFlags.any(choices, context).stream().map(Engine::flag).toList();
        }

        List<Flag> next(List<Flag> flags) {
            List<Flag> next = new ArrayList<>(flags);
            do {
                edit(next);
            } while (choices.chance(100 / MAX_EDITS));
            choices.note("flags", next);
            return next;
        }

        private void edit(List<Flag> flags) {
            List<Flag> some = someFlags();
            Flag made = some.get(some.size() - 1);
            int place = choices.below(flags.size() + 1);
            if (place == flags.size()) {
                flags.addAll(some);
                return;
            }
            Flag before = flags.get(place);
            switch (choices.below(9)) {
                case 0 -> flags.remove(place);
                case 1 -> flags.add(place, made);
                case 2 -> flags.set(place, made);
                case 3 -> flags.set(place, copy(before.key(), before, dependencies()));
                case 4 -> flags.set(place, copy(choices.oneOf(KEYS), before, before.dependencies()));
                case 5 -> flags.set(place, copy(before.key(), before, before.dependencies()));
                case 6 -> flags.add(choices.below(flags.size()), flags.remove(place));
                default -> flags.set(place, copy(before.key(), made, before.dependencies()));
            }
        }

        private List<String> dependencies() {
            return choices.listOf(2, () -> choices.oneOf(KEYS));
        }

        private static Flag copy(String key, Flag content, List<String> dependencies) {
            return new Flag(key, content.variants(), content.segments(), dependencies, content.metadata());
        }
    }
}
