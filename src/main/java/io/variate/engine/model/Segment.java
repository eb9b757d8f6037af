package io.variate.engine.model;

import io.variate.json.Tree;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Part of the audience of a flag, and the variants that it gets. Deeply immutable.
 *
 * @param conditions the alternatives, each a list of conditions that must all hold; null matches every user, an empty
 *     list none
 * @param bucket splits the matching users, or null
 * @param variant the key of the variant for matching users whom the bucket assigns none, or null
 * @param metadata merged into the results of this segment, or null
 */
public record Segment(
        @Nullable List<List<Condition>> conditions,
        @Nullable Bucket bucket,
        @Nullable String variant,
        @Nullable Map<String, @Nullable Object> metadata) {

    public Segment {
        conditions = conditions == null
                ? null
                : conditions.stream().map(List::copyOf).toList();
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }

    /** Whether the segment matches no user, because there is no alternative. */
    public boolean matchesNoUser() {
        return conditions != null && conditions.isEmpty();
    }

    /** Whether the result may differ between users, because the segment targets or splits them. */
    public boolean dependsOnUser() {
        return !matchesNoUser() && (bucket != null || !matchesEveryUser());
    }

    /** Whether the segment matches every user, because it has no conditions or an alternative without conditions. */
    public boolean matchesEveryUser() {
        return conditions == null || conditions.stream().anyMatch(List::isEmpty);
    }
}
