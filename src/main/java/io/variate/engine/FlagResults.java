package io.variate.engine;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that one flag can come to: a result for each segment and variant that the segment can assign. Immutable. */
final class FlagResults {

    private final Flag flag;
    private final List<Map<String, EvaluatedVariant>> bySegment;

    FlagResults(Flag flag) {
        this.flag = flag;
        this.bySegment = flag.segments().stream().map(this::resultsOf).toList();
    }

    Flag flag() {
        return flag;
    }

    /** The result of a variant assigned by a segment, or null if there is no such variant. */
    @Nullable
    EvaluatedVariant get(int segment, String variantKey) {
        return bySegment.get(segment).get(variantKey);
    }

    private Map<String, EvaluatedVariant> resultsOf(Segment segment) {
        Map<String, EvaluatedVariant> results = new HashMap<>();
        if (segment.variant() != null) {
            put(results, segment, segment.variant());
        }
        if (segment.bucket() != null) {
            for (Allocation allocation : segment.bucket().allocations()) {
                allocation.distributions().forEach(each -> put(results, segment, each.variant()));
            }
        }
        return Map.copyOf(results);
    }

    private void put(Map<String, EvaluatedVariant> results, Segment segment, String key) {
        Variant variant = flag.variants().get(key);
        if (variant != null && !results.containsKey(key)) {
            results.put(key, new EvaluatedVariant(flag.key(), variant, mergedMetadata(segment, variant)));
        }
    }

    private Map<String, @Nullable Object> mergedMetadata(Segment segment, Variant variant) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>();
        putAll(merged, flag.metadata());
        putAll(merged, segment.metadata());
        putAll(merged, variant.metadata());
        return merged;
    }

    private static void putAll(Map<String, @Nullable Object> target, @Nullable Map<String, @Nullable Object> entries) {
        if (entries != null) {
            target.putAll(entries);
        }
    }
}
