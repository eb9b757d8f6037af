package io.variate.engine.model;

import io.variate.json.Tree;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Part of the audience of a flag, and what it gets. Deeply immutable.
 *
 * @param conditions alternatives, each a list of conditions that must all hold; null matches everyone, an empty list
 *     nobody
 * @param bucket splits those who match, or null
 * @param variant key of the variant for those who match and whom the bucket gives nothing, or null
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

    /** Whether it matches nobody: there is no alternative that could hold. */
    public boolean takesNobody() {
        return conditions != null && conditions.isEmpty();
    }

    /** Whether different users may fare differently: it targets some, or splits those it takes. */
    public boolean dependsOnUser() {
        return !takesNobody() && (bucket != null || !takesEveryone());
    }

    /** Whether it matches whoever comes: an alternative without conditions holds. */
    public boolean takesEveryone() {
        return conditions == null || conditions.stream().anyMatch(List::isEmpty);
    }
}
