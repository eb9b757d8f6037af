package io.variate.management.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of the audience with a rollout of its own. Immutable.
 *
 * @param name for people, and in the results of evaluation
 * @param conditions all must hold; none match everyone
 * @param rollout what the matching users get
 * @param bucketingKey replaces the key of the flag, or null
 */
public record TargetSegment(
        String name,
        List<TargetCondition> conditions,
        Rollout rollout,
        @Nullable String bucketingKey) {
    public TargetSegment {
        conditions = List.copyOf(conditions);
    }
}
