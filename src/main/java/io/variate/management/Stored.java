package io.variate.management;

import io.variate.management.model.Resource;
import java.time.Instant;

/**
 * A resource with what the service notes about it. Immutable.
 *
 * @param version the number of the latest version, from 1; the entity tag of the resource
 * @param createdBy the name of the token, or {@code unknown} for rows of unknown origin
 * @param modifiedBy as {@code createdBy}; {@code system} if a change of another resource changed the compiled flag
 */
public record Stored(
        Resource resource, long version, Instant createdAt, String createdBy, Instant modifiedAt, String modifiedBy) {}
