package io.variate.cohorts;

import io.variate.store.CohortStore;
import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the members of cohorts from another node or from the database, piece by piece, and puts them on disk.
 *
 * <p>Holds one piece in memory at a time. Reads and writes files on the worker only; never blocks the caller.
 */
final class CohortFetcher {
    private final CohortPeers peers;
    private final @Nullable CohortStore store;
    private final CohortFiles files;
    private final WorkerExecutor worker;

    /** @param store null if this node reads no database */
    CohortFetcher(CohortPeers peers, @Nullable CohortStore store, CohortFiles files, WorkerExecutor worker) {
        this.peers = peers;
        this.store = store;
        this.files = files;
        this.worker = worker;
    }

    /**
     * Fetches a cohort from the leader, or else from the database if this node reads one.
     *
     * @return the cohort, on disk and in memory; fails with the reason of the last source if no source has all of it
     */
    Future<Cohort> fetchFromLeader(CohortId id, StoredCohort head, String leader) {
        MemberSource peer = peers.membersOf(leader);
        CohortStore own = store;
        return fetch(id, head, own == null ? List.of(peer) : List.of(peer, membersIn(own)));
    }

    /**
     * Fetches a cohort from a database.
     *
     * @return the cohort, on disk and in memory; fails if the database does not have all of it
     */
    Future<Cohort> fetchFromDatabase(CohortId id, StoredCohort head, CohortStore database) {
        return fetch(id, head, List.of(membersIn(database)));
    }

    private static MemberSource membersIn(CohortStore database) {
        return (head, offset, number) -> database.chunk(head.upload(), number);
    }

    private Future<Cohort> fetch(CohortId id, StoredCohort head, List<MemberSource> sources) {
        Future<Cohort> fetched = Future.failedFuture("there is no source");
        for (MemberSource source : sources) {
            fetched = fetched.recover(failure -> fetch(id, head, source));
        }
        return fetched;
    }

    private Future<Cohort> fetch(CohortId id, StoredCohort head, MemberSource source) {
        return worker.executeBlocking(() -> files.draft(id, head)).compose(draft -> fill(draft, head, source)
                .compose(done -> worker.executeBlocking(draft::finish))
                .eventually(() -> worker.executeBlocking(() -> {
                    draft.close();
                    return null;
                })));
    }

    private Future<Void> fill(CohortDraft draft, StoredCohort head, MemberSource source) {
        Promise<Void> filled = Promise.promise();
        fill(draft, head, source, 0, filled);
        return filled.future();
    }

    private void fill(CohortDraft draft, StoredCohort head, MemberSource source, int number, Promise<Void> filled) {
        if (draft.written() >= head.bytes()) {
            filled.complete();
            return;
        }
        source.piece(head, draft.written(), number)
                .compose(piece -> worker.executeBlocking(() -> {
                    draft.append(piece.getBytes());
                    return piece.length();
                }))
                .onSuccess(length -> {
                    if (length == 0) {
                        filled.fail("the source sent an empty piece");
                    } else {
                        fill(draft, head, source, number + 1, filled);
                    }
                })
                .onFailure(filled::fail);
    }
}
