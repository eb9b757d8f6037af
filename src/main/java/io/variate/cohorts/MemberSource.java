package io.variate.cohorts;

import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** Where a node that does not have a cohort gets its members from: the database, or another node. */
@FunctionalInterface
interface MemberSource {

    /**
     * A piece of the list of members; never empty.
     *
     * @param offset of its first byte
     * @param number counts the pieces from 0
     * @return fails, within a bounded time, if the source does not have just that cohort or does not answer
     */
    Future<Buffer> piece(StoredCohort head, long offset, int number);
}
