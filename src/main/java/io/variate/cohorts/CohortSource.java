package io.variate.cohorts;

import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.vertx.core.Future;
import java.util.Map;

/**
 * The source of truth for uploaded cohorts: the database, or an upstream. One node reads it for the whole cluster; the other
 * nodes fetch from that node.
 */
public interface CohortSource extends MemberSource {

    /**
     * Reads which cohorts exist. Only the leader calls this: after a notification of a change, and periodically.
     *
     * @param known the cohorts that the caller knows of; revision -1 before it knows any
     * @param held the cohorts whose members the caller has, including those of an earlier run
     * @return fails if the source cannot be read at all
     */
    Future<CohortReading> read(StoredCohorts known, Map<CohortId, StoredCohort> held);

    /** Whether every node can read members here, so that a node that cannot get them from the leader reads them itself. */
    boolean isShared();

    /**
     * Subscribes to changes, or renews a subscription that has ended. Returns at once: callers poll as well.
     *
     * @param onChange called on any thread; only the callback of the first call is used
     */
    void watch(Runnable onChange);

    /** Ends the subscription and stops all work. */
    Future<Void> close();
}
