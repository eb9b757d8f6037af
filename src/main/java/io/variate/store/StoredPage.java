package io.variate.store;

import java.util.List;

/**
 * A part of a list. Immutable.
 *
 * @param hasMore whether the list continues
 */
public record StoredPage<T>(List<T> elements, boolean hasMore) {
    public StoredPage {
        elements = List.copyOf(elements);
    }
}
