package io.variate.management;

import io.variate.management.model.ResourceKind;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which resources to list.
 *
 * @param project null for all projects that the caller may read
 * @param key null for all keys
 * @param limit the size of the page, at least 1
 * @param cursor the offset of the page, from 0
 */
public record Listing(
        Set<ResourceKind> kinds,
        @Nullable String project,
        @Nullable String key,
        boolean includeArchived,
        int limit,
        long cursor) {}
