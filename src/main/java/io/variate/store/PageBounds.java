package io.variate.store;

import io.vertx.sqlclient.Tuple;

/**
 * How large a page is at most. Immutable.
 *
 * @param elements how many, at least 1
 * @param bytes how many characters of JSON its elements have together, roughly; the first one may have more
 */
public record PageBounds(int elements, long bytes) {

    /** The first two parameters of a query for a page. */
    Tuple tuple() {
        return Tuple.tuple().addInteger(elements).addLong(bytes);
    }
}
