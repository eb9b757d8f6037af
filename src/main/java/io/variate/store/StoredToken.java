package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A token of the management API, without its digest.
 *
 * @param createdBy the name of the token that created it
 * @param lastUsedAt within a minute; null if it was never used
 */
public record StoredToken(
        long id,
        TokenFields fields,
        String createdBy,
        Instant createdAt,
        @Nullable Instant lastUsedAt) {}
