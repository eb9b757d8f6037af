package io.variate.engine;

import io.variate.engine.Explanation.ConditionTest;
import io.variate.engine.Explanation.Draw;
import io.variate.engine.Explanation.SegmentVisit;
import io.variate.engine.model.Allocation;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts explanations to JSON trees, without absent fields. */
final class ExplanationTree {
    private ExplanationTree() {}

    static Map<String, @Nullable Object> of(Explanation explanation) {
        EvaluatedVariant variant = explanation.variant();
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("flag", explanation.flagKey());
        if (variant != null) {
            tree.put("variant", variant.asTree());
        }
        tree.put("reason", explanation.reason().label());
        if (explanation.error() != null) {
            tree.put("error", explanation.error());
        }
        if (!explanation.dependencies().isEmpty()) {
            tree.put("dependencies", explanation.dependencies());
        }
        tree.put(
                "segments",
                explanation.segments().stream().map(ExplanationTree::of).toList());
        return tree;
    }

    private static Map<String, @Nullable Object> of(SegmentVisit visit) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        if (visit.name() != null) {
            tree.put("name", visit.name());
        }
        if (visit.variant() != null) {
            tree.put("variant", visit.variant());
        }
        tree.put("outcome", Explanation.hyphenated(visit.outcome()));
        List<List<ConditionTest>> alternatives = visit.alternatives();
        if (alternatives != null) {
            tree.put(
                    "conditions",
                    alternatives.stream()
                            .map(all -> all.stream().map(ExplanationTree::of).toList())
                            .toList());
        }
        if (visit.bucket() != null) {
            tree.put("shares", BucketShares.of(visit.bucket()));
        }
        Draw draw = visit.draw();
        if (draw != null) {
            tree.put("bucket", of(draw));
        }
        return tree;
    }

    private static Map<String, @Nullable Object> of(ConditionTest test) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("selector", test.condition().selector());
        tree.put("op", test.condition().op());
        tree.put("values", test.condition().values());
        tree.put("tested", test.tested());
        if (test.tested()) {
            if (test.seen() != null) {
                tree.put("seen", Excerpt.of(test.seen()));
            }
            tree.put("held", test.held());
        }
        return tree;
    }

    private static Map<String, @Nullable Object> of(Draw draw) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("selector", draw.bucket().selector());
        tree.put("salt", draw.bucket().salt());
        if (draw.value() != null) {
            tree.put("value", Excerpt.of(draw.value()));
            tree.put("hash", draw.hash());
            tree.put("percent", (long) draw.percent());
            tree.put("share", (long) draw.share());
        }
        List<@Nullable Object> allocations = new ArrayList<>();
        for (Allocation allocation : draw.bucket().allocations()) {
            boolean taken = allocations.size() == draw.allocation();
            allocations.add(of(allocation, taken, taken ? draw.distribution() : -1));
        }
        tree.put("allocations", allocations);
        return tree;
    }

    /** @param takenDistribution the index of the matching distribution, or -1 */
    private static Map<String, @Nullable Object> of(Allocation allocation, boolean taken, int takenDistribution) {
        List<@Nullable Object> distributions = new ArrayList<>();
        for (Distribution distribution : allocation.distributions()) {
            distributions.add(of(distribution, distributions.size() == takenDistribution));
        }
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("range", of(allocation.range()));
        tree.put("taken", taken);
        tree.put("distributions", distributions);
        return tree;
    }

    private static Map<String, @Nullable Object> of(Distribution distribution, boolean taken) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("variant", distribution.variant());
        tree.put("range", of(distribution.range()));
        tree.put("taken", taken);
        return tree;
    }

    private static List<Long> of(Range range) {
        return List.of((long) range.from(), (long) range.to());
    }
}
