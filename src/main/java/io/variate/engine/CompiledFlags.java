package io.variate.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A set of flags made ready for evaluation. Immutable as far as callers can tell, and safe to share between all
 * threads: replace the whole when flags change.
 *
 * <p>Flags on a dependency cycle, and flags that depend on one, are left out of {@link #planAll} and {@link #plan}.
 */
public final class CompiledFlags {

    private final DependencyGraph graph;
    private final List<CompiledFlag> listed;

    /** The flags that plans are made of, by index in the graph, which is also their slot. */
    private final CompiledFlag[] distinct;

    private final BitSet sound;
    private final List<Problem> problems;
    private final EvaluationPlan all;

    /** Plans for single flags, made when first asked for. Threads may race to make one, and make equal ones. */
    private final AtomicReferenceArray<@Nullable EvaluationPlan> single;

    private CompiledFlags(List<Flag> flags) {
        List<Problem> found = new ArrayList<>();
        graph = new DependencyGraph(flags);
        listed = flags.stream()
                .map(flag -> new FlagCompiler(flag, graph::index, found).compile())
                .toList();
        distinct = new CompiledFlag[graph.all().length];
        listed.forEach(flag -> distinct[flag.slot()] = flag);
        sound = graph.sound();
        reportCycles(found);
        problems = List.copyOf(found);
        all = planFor(graph.all());
        single = new AtomicReferenceArray<>(distinct.length);
    }

    /**
     * Compiles flags, in the order in which they are listed. Never fails: what cannot work is reported by
     * {@link #problems} and off.
     */
    public static CompiledFlags compile(List<Flag> flags) {
        return new CompiledFlags(flags);
    }

    /**
     * What is wrong with the flags: patterns that are invalid, operators that do not exist, cycles. Paths start with
     * the key of the flag.
     */
    public List<Problem> problems() {
        return problems;
    }

    /** A plan of all flags, dependencies first and otherwise as listed. */
    public EvaluationPlan planAll() {
        return all;
    }

    /**
     * A plan of the flags with some keys and of all they depend on, dependencies first and otherwise as requested.
     * Unknown keys are skipped; no keys make a plan of nothing.
     */
    public EvaluationPlan plan(Collection<String> keys) {
        if (keys.size() == 1) {
            int index = graph.index(keys.iterator().next());
            return index < 0 ? planFor() : singlePlan(index);
        }
        return planFor(graph.indexes(keys));
    }

    /** A plan of all flags exactly as listed, repeated keys and cycles included: the order given is the order kept. */
    public EvaluationPlan asListed() {
        return new EvaluationPlan(listed);
    }

    /**
     * Evaluates a plan made by this object. Never throws: a flag that fails is off for this context, and
     * {@link Evaluation#failures} tells.
     */
    public Evaluation evaluate(EvaluationPlan plan, EvaluationContext context) {
        Target target = new Target(plan, context);
        List<FlagFailure> failures = List.of();
        for (int i = 0; i < plan.size(); i++) {
            CompiledFlag flag = plan.flag(i);
            try {
                EvaluatedVariant variant = flag.evaluate(target);
                if (variant != null) {
                    target.put(plan.positionOf(flag.slot()), variant);
                }
            } catch (RuntimeException | StackOverflowError failure) {
                failures = with(failures, new FlagFailure(flag.key(), failure));
            }
        }
        return target.toEvaluation(failures);
    }

    private static List<FlagFailure> with(List<FlagFailure> failures, FlagFailure failure) {
        List<FlagFailure> longer = new ArrayList<>(failures);
        longer.add(failure);
        return List.copyOf(longer);
    }

    private EvaluationPlan singlePlan(int index) {
        EvaluationPlan plan = single.get(index);
        if (plan == null) {
            plan = planFor(index);
            single.set(index, plan);
        }
        return plan;
    }

    private EvaluationPlan planFor(int... indexes) {
        List<CompiledFlag> flags = new ArrayList<>();
        for (int index : graph.order(soundOf(indexes))) {
            flags.add(distinct[index]);
        }
        return new EvaluationPlan(flags);
    }

    private int[] soundOf(int... indexes) {
        return Arrays.stream(indexes).filter(sound::get).toArray();
    }

    private void reportCycles(List<Problem> found) {
        for (int index : graph.all()) {
            graph.dependencyOutside(sound, index)
                    .ifPresent(dependency -> found.add(new Problem(
                            JsonPath.flag(graph.flag(index).key()) + ".dependencies",
                            dependency.key()
                                    + " is on a dependency cycle or depends on one, so this flag is left out")));
        }
    }
}
