package io.variate.simulation;

import io.variate.engine.BucketShares;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Explanation;
import io.variate.engine.Explanation.Draw;
import io.variate.engine.Explanation.SegmentVisit;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.numbers.gamma.RegularizedGamma;
import org.jspecify.annotations.Nullable;

/**
 * The split of a simulation's users by one flag, and whether it matches the configured shares.
 *
 * <p>The check is Pearson's chi-square test of the first bucket that each user reaches: drawn variants against the
 * bucket's shares, with "no share" as one more category. Used by one thread at a time.
 */
final class FlagSplit {
    /** Minimum expected count for a valid test (Cochran's rule). */
    private static final double LEAST_EXPECTED = 5;

    /** Counts below this are rounding errors. */
    private static final double LEAST_SHOWN = 1e-6;

    private final Flag flag;
    private final Map<@Nullable String, Count> counts = new HashMap<>();
    private final IdentityHashMap<Bucket, Map<String, Double>> shares = new IdentityHashMap<>();
    private long users;
    private long drawn;

    FlagSplit(Flag flag) {
        this.flag = flag;
    }

    private static final class Count {
        private long seen;
        private long drawn;
        private double expected;
    }

    /** Counts a user. */
    void add(Explanation explanation) {
        users++;
        EvaluatedVariant variant = explanation.variant();
        count(variant == null ? null : variant.key()).seen++;
        for (SegmentVisit segment : explanation.segments()) {
            Draw draw = segment.draw();
            if (draw != null && draw.value() != null) {
                add(draw, segment.variant());
                return;
            }
        }
    }

    private void add(Draw draw, @Nullable String fallback) {
        drawn++;
        count(draw.allocation() < 0 ? fallback : drawnBy(draw)).drawn++;
        double rest = 1;
        for (Map.Entry<String, Double> share :
                shares.computeIfAbsent(draw.bucket(), BucketShares::of).entrySet()) {
            count(share.getKey()).expected += share.getValue();
            rest -= share.getValue();
        }
        count(fallback).expected += Math.max(0, rest);
    }

    private static String drawnBy(Draw draw) {
        return draw.bucket()
                .allocations()
                .get(draw.allocation())
                .distributions()
                .get(draw.distribution())
                .variant();
    }

    private Count count(@Nullable String variant) {
        return counts.computeIfAbsent(variant, absent -> new Count());
    }

    /** The result as a JSON tree; the count of users without a variant has no variant key. */
    Map<String, @Nullable Object> asTree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("type", "result");
        tree.put("flag", flag.key());
        tree.put("users", users);
        tree.put("drawn", drawn);
        tree.put("variants", variants());
        List<String> unreachable = unreachable();
        if (!unreachable.isEmpty()) {
            tree.put("unreachable", unreachable);
        }
        Double chiSquare = chiSquare();
        if (chiSquare != null) {
            long degrees = tested().size() - 1L;
            tree.put("chiSquare", chiSquare);
            tree.put("degrees", degrees);
            tree.put("p", RegularizedGamma.Q.value(degrees / 2.0, chiSquare / 2));
        }
        return tree;
    }

    /** The keys of configured variants that no user can get, whatever the split of the others. */
    private List<String> unreachable() {
        Set<String> given = new HashSet<>();
        for (Segment segment : flag.segments()) {
            if (!segment.matchesNoUser()) {
                Map<String, Double> drawnShares =
                        segment.bucket() == null ? Map.of() : BucketShares.of(segment.bucket());
                given.addAll(drawnShares.keySet());
                if (segment.variant() != null) {
                    given.add(segment.variant());
                }
            }
        }
        return flag.variants().entrySet().stream()
                .filter(entry -> !given.contains(entry.getKey()) && !isDefault(entry.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Whether a variant stands for "no variant", as {@code off} does. */
    private static boolean isDefault(Variant variant) {
        return variant.key().equals("off")
                || (variant.metadata() != null
                        && Boolean.TRUE.equals(variant.metadata().get("default")));
    }

    private List<Map<String, @Nullable Object>> variants() {
        List<Map<String, @Nullable Object>> variants = new ArrayList<>();
        counts.entrySet().stream()
                .filter(entry -> entry.getValue().seen > 0
                        || entry.getValue().drawn > 0
                        || entry.getValue().expected > LEAST_SHOWN)
                .sorted((one, other) ->
                        Objects.toString(one.getKey(), "").compareTo(Objects.toString(other.getKey(), "")))
                .forEach(entry -> variants.add(tree(entry.getKey(), entry.getValue())));
        return variants;
    }

    private static Map<String, @Nullable Object> tree(@Nullable String variant, Count count) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        if (variant != null) {
            tree.put("variant", variant);
        }
        tree.put("seen", count.seen);
        tree.put("drawn", count.drawn);
        tree.put("expected", count.expected);
        return tree;
    }

    private List<Count> tested() {
        return counts.values().stream()
                .filter(count -> count.expected > LEAST_SHOWN || count.drawn > 0)
                .toList();
    }

    /** Null if there are too few categories or users for a test. */
    private @Nullable Double chiSquare() {
        List<Count> tested = tested();
        if (tested.size() < 2 || tested.stream().anyMatch(count -> count.expected < LEAST_EXPECTED)) {
            return null;
        }
        return tested.stream()
                .mapToDouble(count -> (count.drawn - count.expected) * (count.drawn - count.expected) / count.expected)
                .sum();
    }
}
