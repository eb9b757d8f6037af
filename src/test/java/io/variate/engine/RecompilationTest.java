package io.variate.engine;

import static io.variate.engine.Samples.condition;
import static io.variate.engine.Samples.flag;
import static io.variate.engine.Samples.on;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecompilationTest {

    private static final int FLAGS = 50;
    private static final int GENERATIONS = 10_000;

    private final Flag a = on("a");
    private final Flag b = on("b", "a");
    private final Flag c = on("c");
    private final Flag d = on("d", "x");
    private final CompiledFlags first = CompiledFlags.compile(List.of(a, b, c, d));

    @Test
    void keepsPlansWithoutAChangedFlag() {
        EvaluationPlan one = first.plan(List.of("b"));
        EvaluationPlan several = first.plan(List.of("a", "b", "unknown"));

        CompiledFlags next = first.recompile(List.of(a, b, on("c"), d));

        assertThat(next.plan(List.of("b"))).isSameAs(one);
        assertThat(next.plan(List.of("a", "b", "unknown"))).isSameAs(several);
    }

    @Test
    void keepsPlansWhenOtherFlagsAreAddedAndRemoved() {
        EvaluationPlan one = first.plan(List.of("b"));
        EvaluationPlan several = first.plan(List.of("b", "d"));

        CompiledFlags next = first.recompile(List.of(on("e"), b, d, a));

        assertThat(next.plan(List.of("b"))).isSameAs(one);
        assertThat(next.plan(List.of("b", "d"))).isSameAs(several);
    }

    @Test
    void severalThreadsMayContinueTheSameList() {
        assertThat(IntStream.range(0, 8).parallel().mapToObj(this::continuesInOneThread))
                .containsOnly(true);
    }

    private boolean continuesInOneThread(int thread) {
        CompiledFlags next = first;
        boolean same = true;
        for (int i = 0; i < 200; i++) {
            String variant = i % 2 == 0 ? "on" : "off";
            Flag changed = flag("c", "[{\"variant\":\"" + variant + "\"}]");
            List<Flag> flags = List.of(a, b, changed, on("own-" + thread, "c"), d);
            next = next.recompile(flags);
            same &= outcomes(next).equals(outcomes(CompiledFlags.compile(flags)));
        }
        return same;
    }

    private static List<String> outcomes(CompiledFlags flags) {
        List<String> outcomes = new ArrayList<>();
        Evaluation.of(flags.planAll().read("{}", null, null)).forEach(variant -> outcomes.add(variant.toString()));
        return outcomes;
    }

    @Test
    void dropsPlansOfDependentsOfAChangedFlag() {
        EvaluationPlan one = first.plan(List.of("b"));

        CompiledFlags next = first.recompile(List.of(flag("a", "[{\"variant\":\"off\"}]"), b, c, d));

        assertThat(next.plan(List.of("b"))).isNotSameAs(one);
        assertThat(Evaluation.of(next.plan(List.of("b")).read("{}", null, null))
                        .get(0)
                        .key())
                .isEqualTo("off");
    }

    @Test
    void dropsPlansOfKeysThatWereUnknown() {
        first.plan(List.of("c", "x"));
        first.plan(List.of("d"));

        CompiledFlags next = first.recompile(List.of(a, b, c, d, on("x")));

        assertThat(next.plan(List.of("c", "x")).keys()).containsExactly("c", "x");
        assertThat(next.plan(List.of("d")).keys()).containsExactly("x", "d");
    }

    @Test
    void dropsPlansOfRemovedKeys() {
        first.plan(List.of("c", "a"));
        first.plan(List.of("b"));

        CompiledFlags next = first.recompile(List.of(b, c, d));

        assertThat(next.plan(List.of("c", "a")).keys()).containsExactly("c");
        assertThat(next.plan(List.of("b")).keys()).containsExactly("b");
    }

    @Test
    void sharesUnchangedFlagsOfThePlanOfAllFlags() {
        CompiledFlags next = first.recompile(List.of(a, b, on("c"), d));

        assertThat(next.planAll().flag(0)).isSameAs(first.planAll().flag(0));
        assertThat(next.planAll().flag(1)).isSameAs(first.planAll().flag(1));
        assertThat(next.planAll().flag(2)).isNotSameAs(first.planAll().flag(2));
        assertThat(next.planAll().flag(3)).isSameAs(first.planAll().flag(3));
    }

    @Test
    void readsPropertiesThatOnlyAChangedFlagUses() {
        CompiledFlags next = first.recompile(List.of(a, b, inCity("c", "city"), d));

        assertThat(Samples.keys(Evaluation.of(next.planAll().read("{\"city\":\"Bonn\"}", null, null))))
                .containsExactly("a", "b", "c", "d");
        assertThat(Samples.keys(Evaluation.of(next.planAll().read("{\"city\":\"Ulm\"}", null, null))))
                .containsExactly("a", "b", "d");
    }

    @Test
    void addsNoPropertiesToThePublishedPlan() {
        int properties = first.planAll().paths().size();

        CompiledFlags next = first.recompile(List.of(a, b, inCity("c", "city"), d));

        assertThat(next.planAll().paths().size()).isEqualTo(properties + 1);
        assertThat(first.planAll().paths().size()).isEqualTo(properties);
    }

    @Test
    void looksUpOnlyCohortsOfTheChangedFlag() {
        CompiledFlags target = first.recompile(List.of(a, b, inCohort("c", "old"), d));
        assertThat(lookups(target)).containsExactly("old");

        target = target.recompile(List.of(a, b, inCohort("c", "new"), d));
        assertThat(lookups(target)).containsExactly("new");

        target = target.recompile(List.of(a, b, on("c"), d));
        assertThat(lookups(target)).isEmpty();
    }

    private static List<String> lookups(CompiledFlags flags) {
        List<String> lookups = new ArrayList<>();
        flags.planAll().read("{\"user_id\":\"u\"}", null, null, (groupType, cohortId, member) -> lookups.add(cohortId));
        return lookups;
    }

    private static Flag inCohort(String key, String cohortId) {
        String condition = condition("[\"context\",\"user\",\"cohort_ids\"]", "set contains any", cohortId);
        return flag(key, "[{\"conditions\":[[" + condition + "]],\"variant\":\"on\"}]");
    }

    @Test
    void manyGenerationsDoNotGrow() {
        List<Flag> flags = new ArrayList<>();
        IntStream.range(0, FLAGS).forEach(i -> flags.add(inCity("f" + i, "p" + i)));
        CompiledFlags compiled = CompiledFlags.compile(flags);
        for (int i = 0; i < GENERATIONS; i++) {
            flags.set(i % FLAGS, inCity("f" + i % FLAGS, "q" + i));
            compiled = compiled.recompile(flags);
        }

        EvaluationPlan plan = compiled.planAll();
        Evaluation evaluation = Evaluation.of(plan.read("{\"q" + (GENERATIONS - 1) + "\":\"Bonn\"}", null, null));
        assertThat(evaluation.size()).isEqualTo(1);
        assertThat(evaluation.get(0).number()).isLessThan(3 * FLAGS);
        assertThat(plan.paths().size()).isLessThan(3 * FLAGS);
        assertThat(plan.cachedConditions()).isLessThan(3 * FLAGS);
    }

    /** A flag that is on in Bonn, tested twice so that the outcome of the condition is cached. */
    private static Flag inCity(String key, String property) {
        String condition = condition("[\"context\",\"user\",\"" + property + "\"]", "is", "Bonn");
        return flag(key, "[{\"conditions\":[[" + condition + ',' + condition + "]],\"variant\":\"on\"}]");
    }
}
