package io.variate.management.translation;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes evaluation flags with one order of members, so that equal flags have equal texts. */
final class EvaluationFlag {
    private static final String METADATA = "metadata";
    private static final String VARIANT = "variant";

    private EvaluationFlag() {}

    static String json(Flag flag) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", flag.key());
        if (!flag.dependencies().isEmpty()) {
            tree.put("dependencies", flag.dependencies());
        }
        if (flag.metadata() != null) {
            tree.put(METADATA, flag.metadata());
        }
        tree.put(
                "segments",
                flag.segments().stream().map(EvaluationFlag::segment).toList());
        Map<String, @Nullable Object> variants = new LinkedHashMap<>();
        flag.variants().forEach((key, variant) -> variants.put(key, variant(variant)));
        tree.put("variants", variants);
        return LoneSurrogates.escape(Json.write(tree));
    }

    private static Map<String, @Nullable Object> segment(Segment segment) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        putIfPresent(tree, METADATA, segment.metadata());
        putIfPresent(tree, VARIANT, segment.variant());
        List<List<Condition>> conditions = segment.conditions();
        if (conditions != null) {
            tree.put(
                    "conditions",
                    conditions.stream()
                            .map(all ->
                                    all.stream().map(EvaluationFlag::condition).toList())
                            .toList());
        }
        Bucket bucket = segment.bucket();
        if (bucket != null) {
            tree.put("bucket", bucket(bucket));
        }
        return tree;
    }

    private static Map<String, @Nullable Object> condition(Condition condition) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("selector", condition.selector());
        tree.put("op", condition.op());
        tree.put("values", condition.values());
        return tree;
    }

    private static Map<String, @Nullable Object> bucket(Bucket bucket) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("selector", bucket.selector());
        tree.put("salt", bucket.salt());
        tree.put(
                "allocations",
                bucket.allocations().stream().map(EvaluationFlag::allocation).toList());
        return tree;
    }

    private static Map<String, @Nullable Object> allocation(Allocation allocation) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("range", range(allocation.range()));
        tree.put(
                "distributions",
                allocation.distributions().stream()
                        .map(EvaluationFlag::distribution)
                        .toList());
        return tree;
    }

    private static Map<String, @Nullable Object> distribution(Distribution distribution) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put(VARIANT, distribution.variant());
        tree.put("range", range(distribution.range()));
        return tree;
    }

    private static List<Integer> range(Range range) {
        return List.of(range.from(), range.to());
    }

    private static Map<String, @Nullable Object> variant(Variant variant) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", variant.key());
        putIfPresent(tree, "value", variant.value());
        putIfPresent(tree, "payload", variant.payload());
        putIfPresent(tree, METADATA, variant.metadata());
        return tree;
    }

    private static void putIfPresent(Map<String, @Nullable Object> tree, String name, @Nullable Object value) {
        if (value != null) {
            tree.put(name, value);
        }
    }
}
