package io.variate.engine;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.operators.OperatorCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compiles one plan: numbers its properties, conditions and results, so that an evaluation looks up nothing by name.
 */
final class PlanCompiler {

    private final OperatorCatalog operators;
    private final PropertyPaths paths = new PropertyPaths();
    private final Map<String, Integer> positions = new HashMap<>();
    private final Map<Long, CompiledCondition> conditions = new HashMap<>();
    private final TargetedCohorts.Collector cohorts = new TargetedCohorts.Collector();
    private int cached;

    private PlanCompiler(OperatorCatalog operators) {
        this.operators = operators;
    }

    /**
     * @param flags in evaluation order
     * @param results of these and possibly other flags, by number
     */
    static EvaluationPlan compile(List<FlagResults> flags, OperatorCatalog operators, EvaluatedVariant[] results) {
        return new PlanCompiler(operators).compile(flags, results);
    }

    private EvaluationPlan compile(List<FlagResults> flags, EvaluatedVariant[] results) {
        for (int i = 0; i < flags.size(); i++) {
            positions.putIfAbsent(flags.get(i).flag().key(), i);
        }
        List<CompiledFlag> compiled = new ArrayList<>(flags.size());
        flags.forEach(flag -> compiled.add(flag(flag)));
        return new EvaluationPlan(compiled, results, paths, cohorts.build(), cached);
    }

    private CompiledFlag flag(FlagResults results) {
        Flag flag = results.flag();
        CompiledSegment[] segments = new CompiledSegment[flag.segments().size()];
        for (int i = 0; i < segments.length; i++) {
            int index = i;
            segments[i] = segment(flag.segments().get(i), key -> results.share(index, key), results.own(index));
        }
        return new CompiledFlag(flag, position(flag.key()), segments);
    }

    private CompiledSegment segment(
            Segment segment, Function<String, @Nullable EvaluatedVariant> shares, @Nullable EvaluatedVariant own) {
        List<List<Condition>> alternatives = segment.conditions();
        Bucket bucket = segment.bucket();
        return new CompiledSegment(
                alternatives == null
                        ? null
                        : alternatives.stream().map(this::conditions).toArray(CompiledCondition[][]::new),
                bucket == null ? null : new CompiledBucket(bucket, selector(bucket.selector()), shares),
                own);
    }

    private CompiledCondition[] conditions(List<Condition> sources) {
        return sources.stream().map(this::condition).toArray(CompiledCondition[]::new);
    }

    private CompiledCondition condition(Condition condition) {
        cohorts.add(condition);
        Selector selector = selector(condition.selector());
        OperatorCatalog.Entry entry = operators.get(condition);
        if (!(selector instanceof Selector.InContext place)) {
            return new CompiledCondition(selector, entry.operator());
        }
        long key = (long) place.number() << Integer.SIZE | entry.number();
        CompiledCondition known = conditions.get(key);
        if (known == null) {
            CompiledCondition made = new CompiledCondition(selector, entry.operator());
            conditions.put(key, made);
            return made;
        }
        if (!known.isCached()) {
            known.cacheAs(cached++);
        }
        return known;
    }

    private Selector selector(List<String> keys) {
        return Selector.compile(keys, paths, this::position);
    }

    private int position(String key) {
        return positions.getOrDefault(key, -1);
    }
}
