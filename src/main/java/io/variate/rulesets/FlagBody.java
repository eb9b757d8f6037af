package io.variate.rulesets;

import io.vertx.core.buffer.Buffer;

/**
 * Flags in the form of an answer, encoded by the first call and then kept. Thread-safe.
 *
 * <p>The first call of {@link #json}, {@link #hash} or {@link #gzip} is expensive and blocks other callers, so make it on a
 * worker thread.
 */
public sealed interface FlagBody permits ServedFlags, ExactFlags {
    /** Whether {@link #json} and {@link #hash} return at once. */
    boolean isEncoded();

    /** Whether {@link #gzip} returns at once. */
    boolean isCompressed();

    /** The text in UTF-8. All callers share the buffer and must not modify it. */
    Buffer json();

    /** {@link #json}, compressed with gzip. All callers share the buffer and must not modify it. */
    Buffer gzip();

    /** A hash of the content: equal content has the same hash in every revision, different content almost never. */
    long hash();
}
