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
 * A set of flags compiled for evaluation. Effectively immutable and safe to share between threads; create a new
 * instance when flags change.
 *
 * <p>{@link #planAll} and {@link #plan} omit flags that are on a dependency cycle or depend on one.
 */
public final class CompiledFlags {

    /**
     * The maximum number of cached plans for several flags. The cache is cleared when full, because clients mostly
     * request the same few sets.
     */
    private static final int MAX_PLANS = 256;

    /** The maximum total of flags and keys in those plans. Any client may request any combination in any order. */
    private static final int MAX_PLAN_WEIGHT = 100_000;

    private final DependencyGraph graph;
    private final OperatorCatalog operators = new OperatorCatalog();
    private final List<FlagResults> listed;

    /** All possible results of the flags, by number. */
    private final EvaluatedVariant[] results;

    /** The flags that plans consist of, by index in the graph. */
    private final FlagResults[] distinct;

    private final BitSet acyclic;
    private final List<Problem> problems;
    private final EvaluationPlan allFlags;

    /** Plans for single flags, created on first request. Threads may race to create a plan; the results are equal. */
    private final AtomicReferenceArray<@Nullable EvaluationPlan> singleFlagPlans;

    private final Map<List<String>, EvaluationPlan> multiFlagPlans = new ConcurrentHashMap<>();

    /** The approximate size of those plans: racing threads may count a plan twice. */
    private final AtomicInteger multiFlagWeight = new AtomicInteger();

    private CompiledFlags(List<Flag> flags) {
        List<Problem> found = new ArrayList<>();
        graph = new DependencyGraph(flags);
        List<EvaluatedVariant> all = new ArrayList<>();
        listed = flags.stream().map(flag -> new FlagResults(flag, all)).toList();
        results = all.toArray(EvaluatedVariant[]::new);
        distinct = new FlagResults[graph.all().length];
        listed.forEach(results -> distinct[graph.index(results.flag().key())] = results);
        flags.forEach(flag -> addOperators(flag, new Problems(JsonPath.flag(flag.key()), found)));
        acyclic = graph.acyclic();
        reportCycles(found);
        problems = List.copyOf(found);
        allFlags = planFor(graph.all());
        singleFlagPlans = new AtomicReferenceArray<>(distinct.length);
    }

    /**
     * Compiles flags in the given order. Never fails: a flag that cannot work is disabled and reported by {@link
     * #problems}.
     */
    public static CompiledFlags compile(List<Flag> flags) {
        return new CompiledFlags(flags);
    }

    /** The problems of the flags: invalid patterns, unknown operators, cycles. Paths start with the key of the flag. */
    public List<Problem> problems() {
        return problems;
    }

    /** Returns a plan of all flags: dependencies first, otherwise in listed order. */
    public EvaluationPlan planAll() {
        return allFlags;
    }

    /**
     * Returns a plan of the flags with the given keys and all their dependencies: dependencies first, otherwise in
     * requested order. Unknown keys are ignored; no keys yield an empty plan.
     */
    public EvaluationPlan plan(Collection<String> keys) {
        if (keys.size() == 1) {
            int index = graph.index(keys.iterator().next());
            return index < 0 ? planFor() : singlePlan(index);
        }
        return multiFlagPlan(List.copyOf(keys));
    }

    /** Returns a plan of all flags exactly as listed, including duplicate keys and cycles. */
    public EvaluationPlan planAsListed() {
        return PlanCompiler.compile(listed, operators, results);
    }

    private EvaluationPlan singlePlan(int index) {
        EvaluationPlan plan = singleFlagPlans.get(index);
        if (plan == null) {
            plan = planFor(index);
            singleFlagPlans.set(index, plan);
        }
        return plan;
    }

    private EvaluationPlan multiFlagPlan(List<String> keys) {
        EvaluationPlan plan = multiFlagPlans.get(keys);
        if (plan == null) {
            plan = planFor(graph.indexes(keys));
            keep(keys, plan);
        }
        return plan;
    }

    private void keep(List<String> keys, EvaluationPlan plan) {
        int weight = keys.size() + plan.size();
        if (multiFlagPlans.size() >= MAX_PLANS || multiFlagWeight.addAndGet(weight) > MAX_PLAN_WEIGHT) {
            multiFlagPlans.clear();
            multiFlagWeight.set(weight);
        }
        if (weight <= MAX_PLAN_WEIGHT) {
            multiFlagPlans.put(keys, plan);
        }
    }

    private EvaluationPlan planFor(int... indexes) {
        List<FlagResults> flags = new ArrayList<>();
        for (int index : graph.order(acyclicOf(indexes))) {
            flags.add(distinct[index]);
        }
        return PlanCompiler.compile(flags, operators, results);
    }

    private int[] acyclicOf(int... indexes) {
        return Arrays.stream(indexes).filter(acyclic::get).toArray();
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
            graph.dependencyOutside(acyclic, index)
                    .ifPresent(dependency -> found.add(new Problem(
                            JsonPath.flag(graph.flag(index).key()) + ".dependencies",
                            dependency.key()
                                    + " is on a dependency cycle or depends on one, so this flag is not evaluated")));
        }
    }
}
