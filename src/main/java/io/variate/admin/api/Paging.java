package io.variate.admin.api;

import org.jspecify.annotations.Nullable;

/**
 * A page of a list. Source: Amplitude's Management API, where the cursor is an offset.
 *
 * @param offset elements before the page
 * @param limit most elements
 */
record Paging(int offset, int limit) {
    private static final int MOST = 1_000;
    private static final int DEFAULT = 100;
    private static final int LAST_OFFSET = 1_000_000_000;

    /** A larger limit is capped, as Amplitude does. */
    static Paging of(Query query) {
        long limit = query.integer("limit", 1, Integer.MAX_VALUE, DEFAULT);
        return new Paging((int) query.integer("cursor", 0, LAST_OFFSET, 0), (int) Math.min(MOST, limit));
    }

    /**
     * The cursor of the next page; null after the last one, because clients continue while there is a cursor.
     *
     * @param more whether elements follow this page
     */
    @Nullable
    Integer next(boolean more) {
        return more ? offset + limit : null;
    }
}
