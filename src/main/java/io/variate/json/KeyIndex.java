package io.variate.json;

import org.jspecify.annotations.Nullable;

/**
 * Finds what the key of a member leads to, without a text being made of the key.
 *
 * @param <T> what keys lead to
 */
public interface KeyIndex<T> {
    /** What a key leads to; null if nowhere. */
    @Nullable
    T find(String key);

    /**
     * What a key that is part of a text leads to; null if nowhere.
     *
     * @param hash of the key, as {@link String#hashCode} computes it
     */
    @Nullable
    T find(String text, int start, int end, int hash);
}
