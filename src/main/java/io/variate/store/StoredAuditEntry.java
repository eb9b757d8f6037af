package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An audit entry in the database. Contains no credentials.
 *
 * @param number grows with every entry; ignored when an entry is written
 * @param label the key of the resource, or the label of a deployment
 * @param revision the revision of the ruleset, or null if the write changed no row
 * @param definitionDiff JSON text, the changed fields of the definition
 * @param compiledDiff JSON text, the changed fields of the row
 */
public record StoredAuditEntry(
        long number,
        Instant at,
        String actor,
        String door,
        @Nullable String reason,
        String requestId,
        String action,
        String kind,
        long resource,
        String project,
        String label,
        long version,
        @Nullable Long revision,
        String definitionDiff,
        String compiledDiff) {}
