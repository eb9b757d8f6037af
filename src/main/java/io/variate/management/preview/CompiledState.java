package io.variate.management.preview;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Excerpt;
import io.variate.engine.Explanation;
import io.variate.engine.Explanation.Outcome;
import io.variate.engine.Explanation.SegmentVisit;
import io.variate.engine.Membership;
import io.variate.engine.model.Flag;
import io.variate.simulation.SimulatedUser;
import io.variate.simulation.Simulation;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The flags to compare and their dependencies, compiled, before or after a change. Used by one thread at a time. */
public final class CompiledState {
    private final Set<String> keys;
    private final CompiledFlags flags;
    private final EvaluationPlan plan;
    private final Membership membership;
    private final Evaluation evaluation;

    private CompiledState(Set<String> keys, CompiledFlags flags, Membership membership, Evaluation evaluation) {
        this.keys = keys;
        this.flags = flags;
        this.plan = flags.planAll();
        this.membership = membership;
        this.evaluation = evaluation;
    }

    /**
     * Compiles what some flags need. Keys of flags that do not exist are ignored.
     *
     * @param patternSteps as in {@link Evaluation}
     */
    public static CompiledState compile(ProjectState state, Collection<String> keys, int patternSteps) {
        Map<String, Flag> byKey = new HashMap<>();
        state.flags().forEach(flag -> byKey.put(flag.key(), flag));
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(keys);
        while (!open.isEmpty()) {
            Flag flag = byKey.get(open.remove());
            if (flag != null && needed.add(flag.key())) {
                open.addAll(flag.dependencies());
            }
        }
        List<Flag> compiled = state.flags().stream()
                .filter(flag -> needed.contains(flag.key()))
                .toList();
        return new CompiledState(
                needed, CompiledFlags.compile(compiled), state.membership(), new Evaluation(patternSteps));
    }

    /**
     * Evaluates all flags for a user.
     *
     * @param variants receives the key of each variant, and null for flags without one
     * @param indexes the places of flags in {@code variants}
     */
    void evaluate(SimulatedUser user, Map<String, Integer> indexes, @Nullable String[] variants) {
        Arrays.fill(variants, null);
        for (EvaluatedVariant variant : evaluation.evaluate(read(user))) {
            Integer index = indexes.get(variant.flagKey());
            if (index != null) {
                variants[index] = variant.key();
            }
        }
    }

    /** Reads a user for all flags. */
    EvaluationContext read(SimulatedUser user) {
        return user.read(plan, membership);
    }

    /** Whether a flag is one of those to compare, or a dependency. */
    public boolean contains(String key) {
        return keys.contains(key);
    }

    /** Why a user gets the variants of all flags. */
    public List<Explanation> explain(SimulatedUser user) {
        return evaluation.explain(read(user));
    }

    /**
     * A simulation, for which nothing else may use this state.
     *
     * @param begin fields of its first line
     * @param keys of the flags to report
     */
    public Simulation simulate(Map<String, @Nullable Object> begin, List<SimulatedUser> users, List<String> keys) {
        return new Simulation(begin, users, plan, keys, membership, evaluation);
    }

    /** Why a user gets a variant of a flag, as a JSON tree; null if there is no such flag. */
    @Nullable
    Map<String, @Nullable Object> explain(SimulatedUser user, String key) {
        for (Explanation explanation : evaluation.explain(user.read(flags.plan(List.of(key)), membership))) {
            if (explanation.flagKey().equals(key)) {
                return tree(explanation);
            }
        }
        return null;
    }

    private static Map<String, @Nullable Object> tree(Explanation explanation) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        EvaluatedVariant variant = explanation.variant();
        if (variant != null) {
            tree.put("variant", Excerpt.of(variant.key()));
        }
        tree.put("reason", explanation.reason().label());
        List<SegmentVisit> segments = explanation.segments();
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i).outcome() == Outcome.DECIDED) {
                tree.put("segment", (long) i);
                if (segments.get(i).name() != null) {
                    tree.put("segmentName", Excerpt.of(segments.get(i).name()));
                }
            }
        }
        return tree;
    }
}
