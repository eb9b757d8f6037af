package io.variate.store;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a request with an {@code Idempotency-Key}.
 *
 * @param status the HTTP status
 * @param entityTag the header {@code ETag}, or null
 * @param body the body, JSON or plain text
 */
public record StoredAnswer(int status, @Nullable String entityTag, String body) {}
