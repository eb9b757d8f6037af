package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An audit entry without its differences.
 *
 * @param number grows with every entry, in the order of their commits
 * @param label the key of the resource, or the label of a deployment
 * @param revision the revision of the ruleset, or null if the write changed no row
 */
public record StoredChange(
        long number,
        Instant at,
        String actor,
        String action,
        String kind,
        long resource,
        String project,
        String label,
        long version,
        @Nullable Long revision) {}
