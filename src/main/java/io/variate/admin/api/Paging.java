package io.variate.admin.api;

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

    /** Reads the page that a request wants. */
    static Paging of(Query query) {
        return new Paging((int) query.integer("cursor", 0, LAST_OFFSET, 0), limit(query));
    }

    /** The size of a page. A larger limit is capped, as Amplitude does. */
    static int limit(Query query) {
        return (int) Math.min(MOST, query.integer("limit", 1, Integer.MAX_VALUE, DEFAULT));
    }
}
