package io.variate.json;

import org.jspecify.annotations.Nullable;

/**
 * Maps keys of members to values without creating a string for each key.
 *
 * @param <T> the type of the values
 */
public interface KeyIndex<T> {
    /** Returns the value of a key, or null if there is none. */
    @Nullable
    T find(String key);

    /**
     * Returns the value of a key that is part of a text, or null if there is none.
     *
     * @param hash the hash of the key as {@link String#hashCode} computes it
     */
    @Nullable
    T find(String text, int start, int end, int hash);
}
