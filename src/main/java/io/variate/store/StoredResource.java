package io.variate.store;

import java.time.Instant;

/**
 * A resource of management in the database.
 *
 * @param namespace the names among which the key is unique in the project
 * @param key secret for a deployment, so never printed
 * @param definition JSON text
 * @param version the number of the latest version, from 1
 */
public record StoredResource(
        long id,
        String kind,
        String project,
        String namespace,
        String key,
        boolean archived,
        String definition,
        long version,
        Instant createdAt,
        String createdBy,
        Instant modifiedAt,
        String modifiedBy) {

    /** Without the key and the definition, which may be secret. */
    @Override
    public String toString() {
        return "StoredResource[" + kind + " " + id + ", version=" + version + "]";
    }
}
