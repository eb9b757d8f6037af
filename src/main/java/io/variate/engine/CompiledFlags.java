package io.variate.engine;

import io.variate.engine.model.Condition;
import io.variate.engine.model.DependencyGraph;
import io.variate.engine.model.Flag;
import io.variate.engine.operators.OperatorCatalog;
import io.variate.json.JsonPath;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A set of flags made ready for evaluation. Immutable as far as callers can tell, and safe to share between all
 * threads: replace the whole when flags change.
 *
 * <p>Flags on a dependency cycle, and flags that depend on one, are left out of {@link #planAll} and {@link #plan}.
 */
public final class CompiledFlags {

    /** Plans for several flags to keep; beyond it all are forgotten, for clients mostly ask for the same few sets. */
    private static final int MOST_PLANS = 256;

    /** Flags and keys in those plans, which anyone may ask for in any combination and order. */
    private static final int MOST_IN_PLANS = 100_000;

    private final DependencyGraph graph;
    private final OperatorCatalog operators = new OperatorCatalog();
    private final List<FlagResults> listed;

    /** All that the flags can come to, by number. */
    private final EvaluatedVariant[] results;

    /** The flags that plans are made of, by index in the graph. */
    private final FlagResults[] distinct;

    private final BitSet sound;
    private final List<Problem> problems;
    private final EvaluationPlan everything;

    /** Plans for single flags, made when first asked for. Threads may race to make one, and make equal ones. */
    private final AtomicReferenceArray<@Nullable EvaluationPlan> single;

    private final Map<List<String>, EvaluationPlan> several = new ConcurrentHashMap<>();

    /** How much is in those plans, roughly: threads that race may count a plan twice. */
    private final AtomicInteger inSeveral = new AtomicInteger();

    private CompiledFlags(List<Flag> flags) {
        List<Problem> found = new ArrayList<>();
        graph = new DependencyGraph(flags);
        List<EvaluatedVariant> all = new ArrayList<>();
        listed = flags.stream().map(flag -> new FlagResults(flag, all)).toList();
        results = all.toArray(EvaluatedVariant[]::new);
        distinct = new FlagResults[graph.all().length];
        listed.forEach(results -> distinct[graph.index(results.flag().key())] = results);
        flags.forEach(flag -> addOperators(flag, new Problems(JsonPath.flag(flag.key()), found)));
        sound = graph.sound();
        reportCycles(found);
        problems = List.copyOf(found);
        everything = planFor(graph.all());
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
        return everything;
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
        return severalPlan(List.copyOf(keys));
    }

    /** A plan of all flags exactly as listed, repeated keys and cycles included: the order given is the order kept. */
    public EvaluationPlan asListed() {
        return PlanCompiler.compile(listed, operators, results);
    }

    private EvaluationPlan singlePlan(int index) {
        EvaluationPlan plan = single.get(index);
        if (plan == null) {
            plan = planFor(index);
            single.set(index, plan);
        }
        return plan;
    }

    private EvaluationPlan severalPlan(List<String> keys) {
        EvaluationPlan plan = several.get(keys);
        if (plan == null) {
            plan = planFor(graph.indexes(keys));
            keep(keys, plan);
        }
        return plan;
    }

    private void keep(List<String> keys, EvaluationPlan plan) {
        int weight = keys.size() + plan.size();
        if (several.size() >= MOST_PLANS || inSeveral.addAndGet(weight) > MOST_IN_PLANS) {
            several.clear();
            inSeveral.set(weight);
        }
        if (weight <= MOST_IN_PLANS) {
            several.put(keys, plan);
        }
    }

    private EvaluationPlan planFor(int... indexes) {
        List<FlagResults> flags = new ArrayList<>();
        for (int index : graph.order(soundOf(indexes))) {
            flags.add(distinct[index]);
        }
        return PlanCompiler.compile(flags, operators, results);
    }

    private int[] soundOf(int... indexes) {
        return Arrays.stream(indexes).filter(sound::get).toArray();
    }

    private void addOperators(Flag flag, Problems place) {
        Problems segments = place.member("segments");
        for (int i = 0; i < flag.segments().size(); i++) {
            List<List<Condition>> alternatives = flag.segments().get(i).conditions();
            if (alternatives != null) {
                addOperators(alternatives, segments.element(i).member("conditions"));
            }
        }
    }

    private void addOperators(List<List<Condition>> alternatives, Problems place) {
        for (int i = 0; i < alternatives.size(); i++) {
            Problems alternative = place.element(i);
            for (int j = 0; j < alternatives.get(i).size(); j++) {
                operators.add(alternatives.get(i).get(j), alternative.element(j));
            }
        }
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
