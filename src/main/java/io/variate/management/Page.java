package io.variate.management;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list. Immutable.
 *
 * @param nextCursor the cursor of the next page, or null on the last one
 */
public record Page<T>(List<T> elements, @Nullable Long nextCursor) {
    public Page {
        elements = List.copyOf(elements);
    }
}
