package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A past or present state of an uploaded cohort, without its members. Immutable.
 *
 * @param size number of members
 * @param checksum CRC-32C of the list of members
 * @param reason why, or null
 */
public record CohortVersion(
        long version,
        String name,
        String description,
        String groupType,
        long size,
        long checksum,
        Instant createdAt,
        String createdBy,
        String door,
        @Nullable String reason) {}
