package io.variate.management;

import io.variate.store.StoredAnswer;
import java.util.function.Function;

/**
 * Makes a repeated request return the first answer, for a day. The answer is stored in the transaction of the write, so a
 * request that failed may be repeated with the same key.
 *
 * @param key the header {@code Idempotency-Key}; unique for each caller
 * @param fingerprint identifies the request: another one with the same key fails with 409 {@code idempotency_mismatch}
 * @param render renders the answer of a success; runs on a worker thread before the commit
 */
public record Idempotency(String key, String fingerprint, Function<Outcome, StoredAnswer> render) {}
