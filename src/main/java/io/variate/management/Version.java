package io.variate.management;

import io.variate.management.model.Resource;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A resource as it was. Immutable.
 *
 * @param version from 1, without gaps
 * @param compiled the JSON text of the row, or null if the resource had none
 * @param revision the revision of the ruleset after the write
 * @param door the way in, as in {@link WriteContext}
 */
public record Version(
        Resource resource,
        long version,
        @Nullable String compiled,
        long revision,
        Instant createdAt,
        String createdBy,
        String door,
        @Nullable String reason) {}
