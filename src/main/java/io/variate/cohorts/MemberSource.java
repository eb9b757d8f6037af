package io.variate.cohorts;

import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** A source of the members of a cohort: the database, an upstream, or another node. */
@FunctionalInterface
public interface MemberSource {

    /**
     * Reads one piece of the list of members.
     *
     * @param offset of the first byte of the piece in the list
     * @param number of the piece, from 0
     * @return the piece, never empty; fails within a bounded time if the source does not have this version of the cohort
     *     or does not respond
     */
    Future<Buffer> piece(StoredCohort head, long offset, int number);
}
