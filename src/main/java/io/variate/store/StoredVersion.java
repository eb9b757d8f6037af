package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a resource in the database.
 *
 * @param kind the kind of the resource
 * @param project the project of the resource
 * @param definition JSON text of the resource as it was
 * @param compiled the definition of its row, or null if it had none
 * @param revision the revision of the ruleset after the write
 */
public record StoredVersion(
        long resource,
        long version,
        String kind,
        String project,
        String definition,
        @Nullable String compiled,
        long revision,
        Instant createdAt,
        String createdBy,
        String door,
        @Nullable String reason) {

    /** Without the definition, which may be secret. */
    @Override
    public String toString() {
        return "StoredVersion[" + kind + " " + resource + ", version=" + version + "]";
    }
}
