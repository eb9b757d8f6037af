package io.variate.cohorts;

import io.variate.store.ChangeListener;
import io.variate.store.CohortStore;
import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Uploaded cohorts in PostgreSQL. Thread-safe. */
public final class DatabaseCohortSource implements CohortSource {
    private final CohortStore store;
    private @Nullable ChangeListener listener;
    private volatile @Nullable Loaded loaded;

    /** The cohorts of one version of the database. */
    private record Loaded(String version, StoredCohorts cohorts) {}

    /** Reads nothing before {@link #read}. */
    public DatabaseCohortSource(CohortStore store) {
        this.store = store;
    }

    @Override
    public Future<CohortReading> read(StoredCohorts known, Map<CohortId, StoredCohort> held) {
        return store.version().compose(version -> {
            Loaded before = loaded;
            return before != null && before.version().equals(version)
                    ? Future.succeededFuture(CohortReading.of(before.cohorts()))
                    : load(version);
        });
    }

    private Future<CohortReading> load(String version) {
        return store.load().map(found -> {
            // The version was read before the content: if the content changed in between, the next check sees another
            // version.
            loaded = new Loaded(version, found);
            return CohortReading.of(found);
        });
    }

    @Override
    public Future<Buffer> piece(StoredCohort head, long offset, int number) {
        return store.chunk(head.upload(), number);
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public synchronized void watch(Runnable onChange) {
        if (listener == null) {
            listener = store.listener(onChange);
        }
        listener.ensureListening();
    }

    @Override
    public synchronized Future<Void> close() {
        return listener == null ? Future.succeededFuture() : listener.close();
    }
}
