package io.variate.management;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.format.FlagSummary;
import io.variate.store.StoredResource;
import io.variate.store.StoredSummary;
import io.variate.store.SummarizedFlag;
import io.variate.store.SummaryIndex;
import io.variate.store.SummaryStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;

/** The flags and experiments of a project in short, for lists of all of them. Thread-safe. */
public final class Summaries {
    private final Vertx vertx;
    private final Management management;
    private final SummaryStore store;

    /** Reads what {@code management} writes. */
    public Summaries(Vertx vertx, Management management, SummaryStore store) {
        this.vertx = vertx;
        this.management = management;
        this.store = store;
    }

    /**
     * The flags and experiments of a project, newest change first. Adds summaries that are missing since an earlier release.
     *
     * @return fails with 404 {@code unknown_project} if the project does not exist or the caller does not see it
     */
    public Future<SummaryIndex> index(Caller caller, String project) {
        if (!caller.sees(project)) {
            return Future.failedFuture(Rejections.unknownProject());
        }
        if (!caller.role().includes(Right.READ)) {
            return Future.failedFuture(Rejections.forbidden("read"));
        }
        return management
                .reconciledIfPossible()
                .compose(done -> store.index(project))
                .compose(index -> index.isIncomplete()
                        ? addMissing(project, 0).compose(added -> store.index(project))
                        : Future.succeededFuture(index))
                .compose(index -> index.exists() || project.isEmpty()
                        ? Future.succeededFuture(index)
                        : Future.failedFuture(Rejections.unknownProject()));
    }

    private Future<Void> addMissing(String project, long after) {
        return store.missing(project, after)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture()
                        : vertx.executeBlocking(
                                        () -> found.stream()
                                                .map(Summaries::summary)
                                                .toList(),
                                        false)
                                .compose(store::add)
                                .compose(added -> addMissing(
                                        project, found.get(found.size() - 1).id())));
    }

    private static StoredSummary summary(StoredResource stored) {
        return new StoredSummary(
                stored.id(),
                stored.version(),
                Objects.requireNonNull(
                        FlagSummary.json(StoredForm.stored(stored).resource())));
    }

    /** Some elements of an index, in their order; those that were deleted since are missing. */
    public Future<List<SummarizedFlag>> page(String project, List<Long> ids) {
        return store.page(project, ids);
    }
}
