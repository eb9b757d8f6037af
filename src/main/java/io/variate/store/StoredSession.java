package io.variate.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session of the console, without its digest.
 *
 * @param token the id of its token; null for the admin token of the settings
 * @param lastUsedAt within a minute
 */
public record StoredSession(@Nullable Long token, Instant lastUsedAt) {}
