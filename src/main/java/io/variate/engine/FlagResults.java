package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All possible results of one flag: one per segment, assignable variant and reason. Immutable. */
final class FlagResults {

    /** The parts of a segment that determine the content of a result. */
    private record Content(String variantKey, @Nullable Map<String, @Nullable Object> segmentMetadata) {}

    /** The identity of a result. Equal segments share it, because there may be many and payloads may be large. */
    private record Origin(Content content, OpenFeatureReason reason) {}

    /** The results of a segment: of the shares of its bucket, and of its own variant. */
    private record SegmentResults(
            Map<String, EvaluatedVariant> shares, @Nullable EvaluatedVariant own) {}

    private final List<SegmentResults> bySegment;

    /** @param all receives the results */
    FlagResults(Flag flag, ResultTable all) {
        Builder builder = new Builder(flag, all);
        this.bySegment = flag.segments().stream().map(builder::resultsOf).toList();
    }

    /** Returns the result of a variant assigned by the bucket of a segment, or null if the variant does not exist. */
    @Nullable
    EvaluatedVariant share(int segment, String variantKey) {
        return bySegment.get(segment).shares().get(variantKey);
    }

    /** Returns the result of the variant of a segment itself, or null if there is none. */
    @Nullable
    EvaluatedVariant own(int segment) {
        return bySegment.get(segment).own();
    }

    private static final class Builder {
        private final Flag flag;
        private final ResultTable all;
        private final Map<Content, EvaluatedVariant> contents = new HashMap<>();
        private final Map<Origin, EvaluatedVariant> made = new HashMap<>();

        /** Whether no segment so far depends on the user. */
        private boolean isStatic = true;

        Builder(Flag flag, ResultTable all) {
            this.flag = flag;
            this.all = all;
        }

        SegmentResults resultsOf(Segment segment) {
            Map<String, EvaluatedVariant> shares = new HashMap<>();
            for (String key : bucketVariants(segment)) {
                Variant variant = flag.variants().get(key);
                if (variant != null) {
                    shares.put(key, result(new Content(key, segment.metadata()), variant, OpenFeatureReason.SPLIT));
                }
            }
            SegmentResults results = new SegmentResults(Map.copyOf(shares), own(segment));
            isStatic &= !segment.dependsOnUser();
            return results;
        }

        private @Nullable EvaluatedVariant own(Segment segment) {
            String key = segment.variant();
            Variant variant = key == null ? null : flag.variants().get(key);
            if (key == null || variant == null) {
                return null;
            }
            boolean isDefault = Boolean.TRUE.equals(
                    mergedMetadata(segment.metadata(), variant).get("default"));
            return result(
                    new Content(key, segment.metadata()),
                    variant,
                    OpenFeatureReason.ofOwnVariant(segment, isDefault, isStatic));
        }

        private EvaluatedVariant result(Content content, Variant variant, OpenFeatureReason reason) {
            return made.computeIfAbsent(new Origin(content, reason), origin -> {
                EvaluatedVariant same = contents.get(content);
                EvaluatedVariant result = same == null
                        ? new EvaluatedVariant(
                                all.size(), flag, variant, mergedMetadata(content.segmentMetadata(), variant), reason)
                        : same.withReason(all.size(), reason);
                contents.putIfAbsent(content, result);
                all.add(result);
                return result;
            });
        }

        private Map<String, @Nullable Object> mergedMetadata(
                @Nullable Map<String, @Nullable Object> segmentMetadata, Variant variant) {
            Map<String, @Nullable Object> merged = new LinkedHashMap<>();
            putAll(merged, flag.metadata());
            putAll(merged, segmentMetadata);
            putAll(merged, variant.metadata());
            return merged;
        }
    }

    private static Set<String> bucketVariants(Segment segment) {
        Set<String> keys = new HashSet<>();
        if (segment.bucket() != null) {
            segment.bucket().allocations().stream()
                    .flatMap(allocation -> allocation.distributions().stream())
                    .forEach(distribution -> keys.add(distribution.variant()));
        }
        return keys;
    }

    private static void putAll(Map<String, @Nullable Object> target, @Nullable Map<String, @Nullable Object> entries) {
        if (entries != null) {
            target.putAll(entries);
        }
    }
}
