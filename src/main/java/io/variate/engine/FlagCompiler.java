package io.variate.engine;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Compiles one flag: whatever depends on the flag alone happens here, once. */
final class FlagCompiler {

    private final Flag flag;
    private final ToIntFunction<String> slots;
    private final Problems problems;

    /** @param slots tells the slot of a flag by its key, below 0 for flags that do not exist */
    FlagCompiler(Flag flag, ToIntFunction<String> slots, List<Problem> found) {
        this.flag = flag;
        this.slots = slots;
        this.problems = new Problems(JsonPath.flag(flag.key()), found);
    }

    CompiledFlag compile() {
        Problems segmentProblems = problems.member("segments");
        CompiledSegment[] segments = new CompiledSegment[flag.segments().size()];
        for (int i = 0; i < segments.length; i++) {
            segments[i] = segment(flag.segments().get(i), segmentProblems.element(i));
        }
        return new CompiledFlag(flag.key(), slots.applyAsInt(flag.key()), segments);
    }

    private CompiledSegment segment(Segment segment, Problems segmentProblems) {
        Function<String, @Nullable EvaluatedVariant> variants = variantsOf(segment);
        Bucket bucket = segment.bucket();
        List<List<Condition>> alternatives = segment.conditions();
        return new CompiledSegment(
                alternatives == null ? null : alternatives(alternatives, segmentProblems.member("conditions")),
                bucket == null ? null : new CompiledBucket(bucket, selector(bucket.selector()), variants),
                segment.variant() == null ? null : variants.apply(segment.variant()));
    }

    /** The results that the segment can come to, each made when something first refers to it. */
    private Function<String, @Nullable EvaluatedVariant> variantsOf(Segment segment) {
        Map<String, EvaluatedVariant> made = new HashMap<>();
        return key -> {
            Variant variant = flag.variants().get(key);
            return variant == null ? null : made.computeIfAbsent(key, absent -> evaluated(segment, variant));
        };
    }

    private EvaluatedVariant evaluated(Segment segment, Variant variant) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        putAll(metadata, flag.metadata());
        putAll(metadata, segment.metadata());
        putAll(metadata, variant.metadata());
        return new EvaluatedVariant(flag.key(), variant, metadata);
    }

    private static void putAll(Map<String, @Nullable Object> target, @Nullable Map<String, @Nullable Object> entries) {
        if (entries != null) {
            target.putAll(entries);
        }
    }

    private CompiledCondition[][] alternatives(List<List<Condition>> alternatives, Problems place) {
        CompiledCondition[][] compiled = new CompiledCondition[alternatives.size()][];
        for (int i = 0; i < compiled.length; i++) {
            compiled[i] = conditions(alternatives.get(i), place.element(i));
        }
        return compiled;
    }

    private CompiledCondition[] conditions(List<Condition> conditions, Problems place) {
        CompiledCondition[] compiled = new CompiledCondition[conditions.size()];
        for (int i = 0; i < compiled.length; i++) {
            Condition condition = conditions.get(i);
            Operator operator = Operators.compile(condition, place.element(i));
            compiled[i] = new CompiledCondition(selector(condition.selector()), operator);
        }
        return compiled;
    }

    private Selector selector(List<String> keys) {
        return Selector.compile(keys, slots);
    }
}
