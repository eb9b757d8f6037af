package io.variate.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All that one flag can come to: a result for each segment and variant that the segment can assign. Immutable. */
final class FlagResults {

    /** What decides about a result: segments that agree in this share it, for there may be many and payloads large. */
    private record Origin(String variantKey, @Nullable Map<String, @Nullable Object> segmentMetadata) {}

    private final Flag flag;
    private final List<Map<String, EvaluatedVariant>> bySegment;

    /** @param all takes up the results, each at the index that is its number */
    FlagResults(Flag flag, List<EvaluatedVariant> all) {
        this.flag = flag;
        Map<Origin, EvaluatedVariant> made = new HashMap<>();
        this.bySegment = flag.segments().stream()
                .map(segment -> resultsOf(segment, made, all))
                .toList();
    }

    Flag flag() {
        return flag;
    }

    /** The result of a variant assigned by a segment, or null if there is no such variant. */
    @Nullable
    EvaluatedVariant get(int segment, String variantKey) {
        return bySegment.get(segment).get(variantKey);
    }

    private Map<String, EvaluatedVariant> resultsOf(
            Segment segment, Map<Origin, EvaluatedVariant> made, List<EvaluatedVariant> all) {
        Map<String, EvaluatedVariant> results = new HashMap<>();
        for (String key : assignable(segment)) {
            Variant variant = flag.variants().get(key);
            if (variant != null) {
                results.put(
                        key,
                        made.computeIfAbsent(
                                new Origin(key, segment.metadata()), absent -> made(segment, variant, all)));
            }
        }
        return results;
    }

    private EvaluatedVariant made(Segment segment, Variant variant, List<EvaluatedVariant> all) {
        EvaluatedVariant result =
                new EvaluatedVariant(all.size(), flag.key(), variant, mergedMetadata(segment, variant));
        all.add(result);
        return result;
    }

    private static Set<String> assignable(Segment segment) {
        Set<String> keys = new HashSet<>();
        if (segment.variant() != null) {
            keys.add(segment.variant());
        }
        if (segment.bucket() != null) {
            segment.bucket().allocations().stream()
                    .flatMap(allocation -> allocation.distributions().stream())
                    .forEach(distribution -> keys.add(distribution.variant()));
        }
        return keys;
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
