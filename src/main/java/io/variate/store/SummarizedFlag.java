package io.variate.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A flag or an experiment in a list.
 *
 * @param key of the flag
 * @param version of the summary
 * @param summary JSON text
 * @param groups ids of the groups that contain it, without archived ones
 * @param lastEvaluated null if it never was, or if this is unknown
 * @param changedAt when its evaluation last changed, or earlier; null if it is not evaluated
 */
public record SummarizedFlag(
        String key,
        long version,
        String summary,
        Instant createdAt,
        String createdBy,
        Instant modifiedAt,
        String modifiedBy,
        List<Long> groups,
        @Nullable Instant lastEvaluated,
        @Nullable Instant changedAt) {}
