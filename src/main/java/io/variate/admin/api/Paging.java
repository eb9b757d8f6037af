package io.variate.admin.api;

/**
 * A page of a list. Source: Amplitude's Management API, where the cursor is an offset.
 *
 * @param offset elements before the page
 * @param limit most elements
 */
record Paging(int offset, int limit) {
    private static final int MOST = 1_000;
    private static final int USUAL = 100;
    private static final int LAST_OFFSET = 1_000_000_000;

    /** Reads the page that a request wants. */
    static Paging of(Query query) {
        return new Paging(offset(query), limit(query, USUAL));
    }

    /** As {@link #of}, but as large as possible by default: evaluation-proxy reads only one page of deployments. */
    static Paging ofDeployments(Query query) {
        return new Paging(offset(query), limit(query, MOST));
    }

    /** The size of a page. */
    static int limit(Query query) {
        return limit(query, USUAL);
    }

    private static int offset(Query query) {
        return (int) query.integer("cursor", 0, LAST_OFFSET, 0);
    }

    /** A larger limit is capped, as Amplitude does. */
    private static int limit(Query query, int absent) {
        return (int) Math.min(MOST, query.integer("limit", 1, Integer.MAX_VALUE, absent));
    }
}
