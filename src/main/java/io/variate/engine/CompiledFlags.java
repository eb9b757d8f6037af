package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A set of flags compiled for evaluation. Effectively immutable and safe to share between threads. When flags change,
 * {@link #recompile} creates the next set.
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

    /** Shared with the sets that follow; guarded by itself. */
    private final FlagCatalog catalog;

    private final List<PreparedFlag> listed;
    private final EvaluationOrder order;

    /** The flags that plans consist of, by index in the order. */
    private final List<PreparedFlag> distinct;

    /** The results of these and earlier flags, by number. */
    private final EvaluatedVariant[] results;

    private final List<Problem> problems;
    private final FullPlan allFlags;

    /** Plans for single flags, created on first request. Threads may race to create a plan; the results are equal. */
    private final AtomicReferenceArray<@Nullable EvaluationPlan> singleFlagPlans;

    private final Map<List<String>, EvaluationPlan> multiFlagPlans = new ConcurrentHashMap<>();

    /** The approximate size of those plans: racing threads may count a plan twice. */
    private final AtomicInteger multiFlagWeight = new AtomicInteger();

    private CompiledFlags(
            FlagCatalog catalog, List<PreparedFlag> listed, EvaluationOrder order, @Nullable CompiledFlags previous) {
        this.catalog = catalog;
        this.listed = listed;
        this.order = order;
        this.distinct = distinct(listed, order);
        this.results = catalog.results();
        this.problems = problems(listed, order);
        this.singleFlagPlans = new AtomicReferenceArray<>(distinct.size());
        if (previous == null) {
            allFlags = FullPlan.compile(order, distinct, results);
        } else {
            allFlags = previous.allFlags.next(order, distinct, results);
            keepPlans(previous);
        }
    }

    /**
     * Compiles flags in the given order. Never fails: a flag that cannot work is disabled and reported by {@link
     * #problems}.
     */
    public static CompiledFlags compile(List<Flag> flags) {
        FlagCatalog catalog = new FlagCatalog();
        return new CompiledFlags(
                catalog, flags.stream().map(catalog::prepare).toList(), new EvaluationOrder(flags), null);
    }

    /**
     * Compiles the next list of flags, with the same outcome as {@link #compile}. Whatever depends only on flags that
     * are the same objects as in this list is reused, so the cost is that of the changed flags.
     *
     * <p>Any thread may call this, also to compile several lists that follow this one. Threads take turns, because all
     * these lists share what they have in common.
     */
    public CompiledFlags recompile(List<Flag> flags) {
        synchronized (catalog) {
            return next(flags);
        }
    }

    private CompiledFlags next(List<Flag> flags) {
        @Nullable PreparedFlag[] prepared = known(flags);
        long kept = 0;
        for (PreparedFlag flag : prepared) {
            kept += flag == null ? 0 : flag.weight();
        }
        if (catalog.weight() > 2 * kept) {
            // More than half of the catalog is no longer used.
            return compile(flags);
        }
        for (int i = 0; i < prepared.length; i++) {
            if (prepared[i] == null) {
                prepared[i] = catalog.prepare(flags.get(i));
            }
        }
        EvaluationOrder nextOrder = hasOrderOf(flags) ? order : new EvaluationOrder(flags);
        return new CompiledFlags(catalog, List.of(prepared), nextOrder, this);
    }

    /** Returns the flags that are known already, by their index in the new list, and null for the others. */
    private @Nullable PreparedFlag[] known(List<Flag> flags) {
        @Nullable PreparedFlag[] known = new PreparedFlag[flags.size()];
        for (int i = 0; i < known.length; i++) {
            Flag flag = flags.get(i);
            if (i < listed.size() && listed.get(i).isOf(flag)) {
                known[i] = listed.get(i);
            } else {
                PreparedFlag sameKey = find(flag.key());
                known[i] = sameKey != null && sameKey.isOf(flag) ? sameKey : null;
            }
        }
        return known;
    }

    private @Nullable PreparedFlag find(String key) {
        int index = order.index(key);
        return index < 0 ? null : distinct.get(index);
    }

    /** Whether other flags have the keys and dependencies of these, in the same order and without duplicates. */
    private boolean hasOrderOf(List<Flag> flags) {
        if (flags.size() != listed.size() || order.size() != listed.size()) {
            return false;
        }
        for (int i = 0; i < flags.size(); i++) {
            Flag flag = flags.get(i);
            PreparedFlag before = listed.get(i);
            if (!before.isOf(flag) && !isInPlaceOf(flag, before.flag())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isInPlaceOf(Flag flag, Flag before) {
        return flag.key().equals(before.key()) && flag.dependencies().equals(before.dependencies());
    }

    private static List<PreparedFlag> distinct(List<PreparedFlag> listed, EvaluationOrder order) {
        if (listed.size() == order.size()) {
            return listed;
        }
        PreparedFlag[] distinct = new PreparedFlag[order.size()];
        listed.forEach(flag -> distinct[order.index(flag.flag().key())] = flag);
        return List.of(distinct);
    }

    private static List<Problem> problems(List<PreparedFlag> listed, EvaluationOrder order) {
        List<Problem> problems = new ArrayList<>();
        for (PreparedFlag flag : listed) {
            if (!flag.problems().isEmpty()) {
                problems.addAll(flag.problems());
            }
        }
        problems.addAll(order.problems());
        return List.copyOf(problems);
    }

    /** Keeps the plans of previous flags that hold no changed flag. */
    private void keepPlans(CompiledFlags previous) {
        BitSet changed = changedSince(previous);
        for (int i = changed.nextClearBit(0); i < distinct.size(); i = changed.nextClearBit(i + 1)) {
            int before = order == previous.order
                    ? i
                    : previous.order.index(distinct.get(i).flag().key());
            EvaluationPlan plan = previous.singleFlagPlans.get(before);
            if (plan != null) {
                singleFlagPlans.set(i, plan);
            }
        }
        previous.multiFlagPlans.forEach((keys, plan) -> {
            if (keys.stream().noneMatch(key -> isChanged(key, changed, previous))) {
                keep(keys, plan);
            }
        });
    }

    private boolean isChanged(String key, BitSet changed, CompiledFlags previous) {
        int index = order.index(key);
        return index < 0 ? previous.order.index(key) >= 0 : changed.get(index);
    }

    /** Returns the flags that were added or replaced, or depend on a flag that was added, replaced or removed. */
    private BitSet changedSince(CompiledFlags previous) {
        Set<String> removed = removedSince(previous);
        BitSet changed = new BitSet(distinct.size());
        for (int i = 0; i < distinct.size(); i++) {
            PreparedFlag flag = distinct.get(i);
            PreparedFlag before = order == previous.order
                    ? previous.distinct.get(i)
                    : previous.find(flag.flag().key());
            if (!flag.isSame(before) || dependsOnAny(flag, removed)) {
                changed.set(i);
            }
        }
        return order.withDependents(changed);
    }

    private static boolean dependsOnAny(PreparedFlag flag, Set<String> keys) {
        return !keys.isEmpty() && !Collections.disjoint(flag.flag().dependencies(), keys);
    }

    private Set<String> removedSince(CompiledFlags previous) {
        Set<String> removed = new HashSet<>();
        if (order != previous.order) {
            for (PreparedFlag flag : previous.distinct) {
                if (order.index(flag.flag().key()) < 0) {
                    removed.add(flag.flag().key());
                }
            }
        }
        return removed;
    }

    /** The problems of the flags: invalid patterns, unknown operators, cycles. Paths start with the key of the flag. */
    public List<Problem> problems() {
        return problems;
    }

    /** Returns a plan of all flags: dependencies first, otherwise in listed order. */
    public EvaluationPlan planAll() {
        return allFlags.plan();
    }

    /**
     * Returns a plan of the flags with the given keys and all their dependencies: dependencies first, otherwise in
     * requested order. Unknown keys are ignored; no keys yield an empty plan.
     */
    public EvaluationPlan plan(Collection<String> keys) {
        if (keys.size() == 1) {
            int index = order.index(keys.iterator().next());
            return index < 0 ? planFor() : singlePlan(index);
        }
        return multiFlagPlan(List.copyOf(keys));
    }

    /** Returns a plan of all flags exactly as listed, including duplicate keys and cycles. */
    public EvaluationPlan planAsListed() {
        return PlanCompiler.compile(listed, results);
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
            plan = planFor(order.indexes(keys));
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
        return PlanCompiler.compile(
                Arrays.stream(order.of(indexes)).mapToObj(distinct::get).toList(), results);
    }
}
