package io.variate.cohorts;

import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the members of cohorts from another node or from the source, piece by piece, and puts them on disk.
 *
 * <p>Holds one piece in memory at a time. Reads and writes files on the worker only; never blocks the caller.
 */
final class CohortFetcher {
    private final CohortPeers peers;
    private final @Nullable CohortSource source;
    private final CohortFiles files;
    private final WorkerExecutor worker;

    /** @param source null if this node reads no source */
    CohortFetcher(CohortPeers peers, @Nullable CohortSource source, CohortFiles files, WorkerExecutor worker) {
        this.peers = peers;
        this.source = source;
        this.files = files;
        this.worker = worker;
    }

    /**
     * Fetches a cohort from the leader, or else from the source if this node reads a shared one.
     *
     * @return the cohort, on disk and in memory; fails with the reason of the last source if no source has all of it
     */
    Future<Cohort> fetchFromLeader(CohortId id, StoredCohort head, String leader) {
        MemberSource peer = peers.membersOf(leader);
        CohortSource own = source;
        return fetch(id, head, own == null || !own.isShared() ? List.of(peer) : List.of(peer, own));
    }

    /**
     * Fetches a cohort from its source.
     *
     * @return the cohort, on disk and in memory; fails if the source does not have all of it
     */
    Future<Cohort> fetchFromSource(CohortId id, StoredCohort head, CohortSource from) {
        return fetch(id, head, List.of(from));
    }

    private Future<Cohort> fetch(CohortId id, StoredCohort head, List<MemberSource> sources) {
        Future<Cohort> fetched = Future.failedFuture("there is no source");
        for (MemberSource next : sources) {
            fetched = fetched.recover(failure -> fetch(id, head, next));
        }
        return fetched;
    }

    private Future<Cohort> fetch(CohortId id, StoredCohort head, MemberSource from) {
        return worker.executeBlocking(() -> files.draft(id, head)).compose(draft -> fill(draft, head, from)
                .compose(done -> worker.executeBlocking(draft::finish))
                .eventually(() -> worker.executeBlocking(() -> {
                    draft.close();
                    return null;
                })));
    }

    private Future<Void> fill(CohortDraft draft, StoredCohort head, MemberSource from) {
        Promise<Void> filled = Promise.promise();
        fill(draft, head, from, 0, filled);
        return filled.future();
    }

    private void fill(CohortDraft draft, StoredCohort head, MemberSource from, int number, Promise<Void> filled) {
        if (draft.written() >= head.bytes()) {
            filled.complete();
            return;
        }
        from.piece(head, draft.written(), number)
                .compose(piece -> worker.executeBlocking(() -> {
                    draft.append(piece.getBytes());
                    return piece.length();
                }))
                .onSuccess(length -> {
                    if (length == 0) {
                        filled.fail("the source sent an empty piece");
                    } else {
                        fill(draft, head, from, number + 1, filled);
                    }
                })
                .onFailure(filled::fail);
    }
}
