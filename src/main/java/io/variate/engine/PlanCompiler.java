package io.variate.engine;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.operators.OperatorCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the flags of one plan: numbers their properties and conditions, so that an evaluation looks up nothing by
 * name. Used by one thread.
 */
final class PlanCompiler {

    private final ToIntFunction<String> positions;

    /** Cached conditions of a published plan. They are shared as they are. */
    private final Map<Long, CompiledCondition> published;

    private final Map<Long, CompiledCondition> conditions = new HashMap<>();
    private PropertyPaths paths;
    private boolean ownsPaths;
    private int cached;

    private PlanCompiler(
            ToIntFunction<String> positions,
            Map<Long, CompiledCondition> published,
            PropertyPaths paths,
            boolean ownsPaths,
            int cached) {
        this.positions = positions;
        this.published = published;
        this.paths = paths;
        this.ownsPaths = ownsPaths;
        this.cached = cached;
    }

    /** @param positions the position of a flag in the plan by its key; negative for flags outside the plan */
    PlanCompiler(ToIntFunction<String> positions) {
        this(positions, Map.of(), new PropertyPaths(), true, 0);
    }

    /**
     * Creates a compiler of further flags for a plan. The numbers of the published plan stay valid, and nothing of it
     * is modified.
     *
     * @param cachedConditions the cached conditions of the published plan
     */
    static PlanCompiler extending(
            EvaluationPlan plan, Map<Long, CompiledCondition> cachedConditions, ToIntFunction<String> positions) {
        return new PlanCompiler(positions, cachedConditions, plan.paths(), false, plan.cachedConditions());
    }

    /**
     * Compiles a plan.
     *
     * @param flags in evaluation order
     * @param results of these and possibly other flags, by number
     */
    static EvaluationPlan compile(List<PreparedFlag> flags, EvaluatedVariant[] results) {
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < flags.size(); i++) {
            positions.putIfAbsent(flags.get(i).flag().key(), i);
        }
        PlanCompiler compiler = new PlanCompiler(key -> positions.getOrDefault(key, -1));
        CompiledFlag[] compiled = new CompiledFlag[flags.size()];
        List<Condition> cohortConditions = new ArrayList<>();
        for (int i = 0; i < compiled.length; i++) {
            compiled[i] = compiler.compile(flags.get(i));
            cohortConditions.addAll(flags.get(i).cohortConditions());
        }
        return compiler.plan(compiled, results, TargetedCohorts.of(cohortConditions));
    }

    /** Creates a plan of flags that were compiled by this compiler or for the plan that it extends. */
    EvaluationPlan plan(CompiledFlag[] flags, EvaluatedVariant[] results, TargetedCohorts cohorts) {
        return new EvaluationPlan(flags, results, paths, cohorts, cached);
    }

    /** Returns the cached conditions, for a compiler that extends the plan. */
    Map<Long, CompiledCondition> cachedConditions() {
        Map<Long, CompiledCondition> all = new HashMap<>(published);
        conditions.forEach((key, condition) -> {
            if (condition.isCached()) {
                all.put(key, condition);
            }
        });
        return Map.copyOf(all);
    }

    CompiledFlag compile(PreparedFlag prepared) {
        Flag flag = prepared.flag();
        FlagResults results = prepared.results();
        Iterator<OperatorCatalog.Entry> operators = prepared.operators().iterator();
        CompiledSegment[] segments = new CompiledSegment[flag.segments().size()];
        for (int i = 0; i < segments.length; i++) {
            int index = i;
            segments[i] =
                    segment(flag.segments().get(i), operators, key -> results.share(index, key), results.own(index));
        }
        return new CompiledFlag(flag, positions.applyAsInt(flag.key()), segments);
    }

    private CompiledSegment segment(
            Segment segment,
            Iterator<OperatorCatalog.Entry> operators,
            Function<String, @Nullable EvaluatedVariant> shares,
            @Nullable EvaluatedVariant own) {
        List<List<Condition>> alternatives = segment.conditions();
        Bucket bucket = segment.bucket();
        return new CompiledSegment(
                alternatives == null ? null : alternatives(alternatives, operators),
                bucket == null ? null : new CompiledBucket(bucket, selector(bucket.selector()), shares),
                own);
    }

    private CompiledCondition[][] alternatives(
            List<List<Condition>> alternatives, Iterator<OperatorCatalog.Entry> operators) {
        CompiledCondition[][] compiled = new CompiledCondition[alternatives.size()][];
        for (int i = 0; i < compiled.length; i++) {
            List<Condition> all = alternatives.get(i);
            compiled[i] = new CompiledCondition[all.size()];
            for (int j = 0; j < compiled[i].length; j++) {
                compiled[i][j] = condition(all.get(j), operators.next());
            }
        }
        return compiled;
    }

    private CompiledCondition condition(Condition condition, OperatorCatalog.Entry entry) {
        Selector selector = selector(condition.selector());
        if (!(selector instanceof Selector.InContext place)) {
            return new CompiledCondition(selector, entry.operator());
        }
        Long key = (long) place.number() << Integer.SIZE | entry.number();
        CompiledCondition shared = published.get(key);
        return shared != null
                ? shared
                : conditions.merge(
                        key, new CompiledCondition(selector, entry.operator()), (known, another) -> cached(known));
    }

    private CompiledCondition cached(CompiledCondition condition) {
        if (!condition.isCached()) {
            condition.cacheAs(cached++);
        }
        return condition;
    }

    private Selector selector(List<String> keys) {
        return Selector.compile(keys, this::property, positions);
    }

    private int property(List<String> keys) {
        int known = paths.find(keys);
        if (known >= 0) {
            return known;
        }
        if (!ownsPaths) {
            paths = paths.copy();
            ownsPaths = true;
        }
        return paths.add(keys);
    }
}
