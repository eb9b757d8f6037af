package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A version of a resource without its texts.
 *
 * @param revision of the ruleset after the write
 * @param action of the audit entry; null if there is none
 * @param definitionDiff JSON text, the changed fields of the definition; null if it is unknown or too large for a list
 */
public record VersionSummary(
        long version,
        Instant createdAt,
        String createdBy,
        String door,
        @Nullable String reason,
        long revision,
        @Nullable String action,
        @Nullable String definitionDiff) {}
